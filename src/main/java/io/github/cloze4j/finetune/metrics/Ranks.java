package io.github.cloze4j.finetune.metrics;

import java.util.stream.IntStream;

/** Ranks with ties: {@code scipy.stats.rankdata} with {@code method="average"}. */
final class Ranks {
    private Ranks() {}

    /** Ranks values from 1, the smallest. Equal values share the mean of their ranks. */
    static double[] average(double[] values) {
        // Adding 0.0 makes 0.0 of -0.0. The two are equal, but Double.compare would order them.
        int[] order = IntStream.range(0, values.length)
                .boxed()
                .sorted((a, b) -> Double.compare(values[a] + 0.0, values[b] + 0.0))
                .mapToInt(Integer::intValue)
                .toArray();
        double[] ranks = new double[values.length];
        int first = 0;
        while (first < order.length) {
            int end = first + 1;
            while (end < order.length && values[order[end]] == values[order[first]]) {
                end++;
            }
            for (int i = first; i < end; i++) {
                ranks[order[i]] = (first + 1 + end) / 2.0;
            }
            first = end;
        }
        return ranks;
    }
}
