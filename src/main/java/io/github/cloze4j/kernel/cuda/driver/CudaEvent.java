package io.github.cloze4j.kernel.cuda.driver;

/** A mark in the queue of a {@link CudaDriver}. */
public interface CudaEvent extends AutoCloseable {
    /** Sets the mark behind all that has been asked for, in the place of the last one. */
    void record();

    /** Waits until the device has passed the mark. */
    void await();

    @Override
    void close();
}
