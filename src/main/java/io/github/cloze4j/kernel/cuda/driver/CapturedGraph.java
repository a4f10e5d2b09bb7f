package io.github.cloze4j.kernel.cuda.driver;

/** Work that a {@link CudaDriver} has written down, and not done. */
public interface CapturedGraph extends AutoCloseable {
    /** Makes it ready to run. */
    ExecutableGraph instantiate();

    @Override
    void close();
}
