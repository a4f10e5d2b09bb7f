package io.github.cloze4j.kernel.cuda.memory;

/** The content of a queue, for tests of the kernels that fill it. */
public final class QueueContent {
    private QueueContent() {}

    /** Bytes of scratch memory and of bf16 copies. */
    public static long scratchAndCopyBytes(DeviceQueue queue) {
        return queue.scratch().bytes() + queue.copies().bytes();
    }
}
