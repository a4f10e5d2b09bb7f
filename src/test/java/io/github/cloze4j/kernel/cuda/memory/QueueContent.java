package io.github.cloze4j.kernel.cuda.memory;

/** The content of a queue, for tests of the kernels that fill it. */
public final class QueueContent {
    private QueueContent() {}

    /** The number of arenas that have a mirror. */
    public static int mirrors(DeviceQueue queue) {
        return queue.mirrors().count();
    }

    /** Bytes of all mirrors. */
    public static long mirrorBytes(DeviceQueue queue) {
        return queue.mirrors().bytes();
    }

    /** Bytes of scratch memory and of bf16 copies. */
    public static long scratchAndCopyBytes(DeviceQueue queue) {
        return queue.scratch().bytes() + queue.copies().bytes();
    }

    /** How often operations ran as a graph. */
    public static int graphLaunches(DeviceQueue queue) {
        return queue.graph().launches();
    }
}
