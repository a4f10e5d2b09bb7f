package io.github.cloze4j.train;

import java.util.Arrays;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/** The losses of the last steps. */
final class RecentLosses {
    private static final int CAPACITY = 100;
    private static final String SEPARATOR = " ";

    private final double[] losses = new double[CAPACITY];
    private long count;

    void add(double loss) {
        losses[(int) (count++ % CAPACITY)] = loss;
    }

    /**
     * Reads losses that {@link #toText} wrote.
     *
     * @throws IllegalArgumentException if {@code toText} did not write this
     */
    static RecentLosses of(String text) {
        RecentLosses losses = new RecentLosses();
        if (!text.isEmpty()) {
            Arrays.stream(text.split(SEPARATOR))
                    .mapToDouble(Double::parseDouble)
                    .forEach(losses::add);
        }
        return losses;
    }

    /** The losses, the oldest first. */
    String toText() {
        long first = Math.max(0, count - CAPACITY);
        return LongStream.range(first, count)
                .mapToObj(i -> Double.toString(losses[(int) (i % CAPACITY)]))
                .collect(Collectors.joining(SEPARATOR));
    }

    /** The mean of the losses; NaN if there is none yet. */
    double mean() {
        int held = (int) Math.min(count, CAPACITY);
        double sum = 0;
        // From the oldest on, so that a resumed run adds in the order of an uninterrupted one.
        for (long i = count - held; i < count; i++) {
            sum += losses[(int) (i % CAPACITY)];
        }
        return sum / held;
    }
}
