package io.github.cloze4j.kernel.cuda.driver;

import java.nio.ByteBuffer;

/**
 * A device with one queue of work: memory, copies, launches and matrix products happen in the order they are asked for.
 * Addresses are those of the device, in bytes. All methods throw {@link io.github.cloze4j.BackendException} where the
 * device refuses; what a launch did wrong may come to light at a later call, at {@link #synchronize} at the latest. Used
 * from one thread at a time.
 */
public interface CudaDriver extends AutoCloseable {
    /** The device. */
    CudaDevice device();

    /** Device memory now. */
    CudaMemory memory();

    /** Memory with any content, on a line of 256 bytes. */
    long allocate(long bytes);

    /** Frees what {@link #allocate} gave, after the work in the queue. */
    void free(long address);

    /** Sets bytes to 0. */
    void zero(long address, long bytes);

    /** Page-locked memory of the host with any content, in native byte order. */
    ByteBuffer allocateHost(int bytes);

    /** Frees what {@link #allocateHost} gave; no copy from or to it may be in the queue. */
    void freeHost(ByteBuffer memory);

    /** Queues a copy of what remains of page-locked memory; it is read at any time before the queue is past the copy. */
    void upload(ByteBuffer from, long to);

    /** Queues a copy that fills what remains of page-locked memory; it is there when the queue is past the copy. */
    void download(long from, ByteBuffer to);

    /** A new mark, nowhere yet. */
    CudaEvent event();

    /**
     * Writes down what is asked for by {@link #zero}, {@link #launch} and {@link #multiply} instead of queueing it.
     *
     * @param work asks for nothing else, and queues nothing
     * @throws io.github.cloze4j.BackendException where something was asked for that cannot be written down
     */
    CapturedGraph capture(Runnable work);

    /**
     * Runs a kernel of {@code kernels.cu}.
     *
     * @param arguments in the order of its parameters: {@code Integer}, {@code Float}, {@code Double}, or {@code Long} for
     *     lengths and for addresses, of which 0 is the null pointer
     */
    void launch(String kernel, LaunchGeometry geometry, Object... arguments);

    /** Multiplies matrices. */
    void multiply(MatrixProduct product);

    /** Waits until the queue is empty. */
    void synchronize();

    /** Frees the queue and the compiled kernels; memory that was not freed goes with the process. */
    @Override
    void close();
}
