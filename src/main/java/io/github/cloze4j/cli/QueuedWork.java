package io.github.cloze4j.cli;

import io.github.cloze4j.kernel.Arena;
import io.github.cloze4j.kernel.Kernels;

/** The work that kernels have accepted and may still be doing, as a device does beside the host. For measuring times. */
final class QueuedWork implements AutoCloseable {
    private final Kernels kernels;
    private final Arena arena;

    QueuedWork(Kernels kernels) {
        this.kernels = kernels;
        arena = Arena.allocate(kernels.type(), 1);
    }

    /** Whether operations may return before their work is done: times are then taken after {@link #finish} only. */
    boolean outlastsCalls() {
        boolean outlasts = !kernels.squaredNorm(arena.flat()).isReady();
        finish();
        return outlasts;
    }

    /** Waits until all work is done: a result is there only after the work that was queued before it. */
    void finish() {
        kernels.squaredNorm(arena.flat()).read();
    }

    @Override
    public void close() {
        arena.close();
    }
}
