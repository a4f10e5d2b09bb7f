package io.github.cloze4j.cli;

/** Wall-clock time since it was made. */
public final class Stopwatch {
    private static final double NANOS = 1e9;

    private final long start = System.nanoTime();

    public double seconds() {
        return (System.nanoTime() - start) / NANOS;
    }
}
