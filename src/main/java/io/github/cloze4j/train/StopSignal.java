package io.github.cloze4j.train;

/**
 * The wish to stop a run: any thread's request, or an interrupt of the training thread. An interrupt is taken from the thread
 * as soon as it is seen, because Java closes file channels under an interrupted thread, and is given back at the end.
 */
final class StopSignal {
    private volatile boolean requested;
    private boolean interrupted;

    /** Asks for a stop, which stays asked for. Thread-safe. */
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
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
