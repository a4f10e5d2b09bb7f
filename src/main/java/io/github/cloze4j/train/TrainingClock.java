package io.github.cloze4j.train;

/** Training time: runs between {@link #start} and {@link #stop}, and goes on where a former process stopped. */
final class TrainingClock {
    private static final double NANOS = 1e9;

    private final double before;
    private long counted;
    private long started;
    private boolean running;

    /** @param before seconds that former processes trained */
    TrainingClock(double before) {
        this.before = before;
    }

    void start() {
        counted = nanos();
        started = System.nanoTime();
        running = true;
    }

    void stop() {
        counted = nanos();
        running = false;
    }

    /** The training time of this process. */
    double processSeconds() {
        return nanos() / NANOS;
    }

    /** The training time of the whole run. */
    double seconds() {
        return before + processSeconds();
    }

    private long nanos() {
        return counted + (running ? System.nanoTime() - started : 0);
    }
}
