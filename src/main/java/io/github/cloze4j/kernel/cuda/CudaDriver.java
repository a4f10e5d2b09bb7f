package io.github.cloze4j.kernel.cuda;

import java.nio.ByteBuffer;

/**
 * A device with one queue of work: memory, copies, launches and matrix products happen in the order they are asked for.
 * Addresses are those of the device, in bytes. All methods throw {@link io.github.cloze4j.BackendException} where the
 * device refuses; what a launch did wrong may come to light at a later call, at {@link #synchronize} at the latest. Used
 * from one thread at a time.
 */
interface CudaDriver extends AutoCloseable {
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

    /** Copies what remains of a direct buffer to the device; the buffer is free again on return. */
    void upload(ByteBuffer from, long to);

    /** Fills what remains of a direct buffer from the device; waits for it. */
    void download(long from, ByteBuffer to);

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
