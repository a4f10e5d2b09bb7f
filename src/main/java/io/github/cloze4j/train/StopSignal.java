package io.github.cloze4j.train;

/**
 * The wish to stop a run: any thread's request, or an interrupt of the training thread. A request before a run stops that run;
 * once a run has ended, the next one knows nothing of it. An interrupt is taken from the thread as soon as it is seen, because
 * Java closes file channels under an interrupted thread, and is given back at the end.
 */
final class StopSignal {
    private volatile boolean requested;
    private boolean interrupted;

    /** Asks for a stop of the run, or of the next one if none goes on. Thread-safe. */
    void request() {
        requested = true;
    }

    /** A run begins on the current thread. */
    void begin() {
        interrupted = Thread.interrupted();
    }

    /** Whether the run is to stop. */
    boolean isGiven() {
        interrupted |= Thread.interrupted();
        return requested || interrupted;
    }

    /** The run has ended: its thread is interrupted again if it was. */
    void end() {
        requested = false;
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
