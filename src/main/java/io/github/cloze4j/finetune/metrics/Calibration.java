package io.github.cloze4j.finetune.metrics;

import java.util.ArrayList;
import java.util.List;

/**
 * Whether a model's probabilities are those of being right: answers in bins by the probability that the model gives them (Guo et al.,
 * 2017). Immutable.
 *
 * @param bins from the lowest probabilities to the highest, without empty ones
 */
public record Calibration(List<Bin> bins) {
    /** Copies the list. */
    public Calibration {
        bins = List.copyOf(bins);
    }

    /**
     * Answers with a probability above {@code from} and up to {@code to}; the first bin has {@code from} too.
     *
     * @param rows the number of answers
     * @param confidence their mean probability
     * @param accuracy the share that is right
     */
    public record Bin(double from, double to, int rows, double confidence, double accuracy) {}

    /**
     * Sorts answers into bins of equal width.
     *
     * @param probabilities {@code [rows]}, of each answer, in [0, 1]
     * @param right {@code [rows]}, whether the answer is right
     * @throws IllegalArgumentException if there are no rows or bins, or the lengths differ
     */
    public static Calibration of(double[] probabilities, boolean[] right, int count) {
        MetricInput.sameRows(probabilities.length, right.length);
        MetricInput.finite("probability", probabilities);
        MetricInput.atLeastOneClass(count);
        double[] sums = new double[count];
        int[] rows = new int[count];
        int[] hits = new int[count];
        for (int row = 0; row < probabilities.length; row++) {
            int bin = Math.min(count, Math.max(1, (int) Math.ceil(probabilities[row] * count))) - 1;
            sums[bin] += probabilities[row];
            rows[bin]++;
            hits[bin] += right[row] ? 1 : 0;
        }
        List<Bin> bins = new ArrayList<>();
        for (int bin = 0; bin < count; bin++) {
            if (rows[bin] > 0) {
                bins.add(new Bin(
                        (double) bin / count,
                        (double) (bin + 1) / count,
                        rows[bin],
                        sums[bin] / rows[bin],
                        (double) hits[bin] / rows[bin]));
            }
        }
        return new Calibration(bins);
    }

    /** The expected calibration error, in [0, 1]: how far accuracy and probability are apart, as a mean over all answers. */
    public double error() {
        double rows = bins.stream().mapToInt(Bin::rows).sum();
        return bins.stream()
                .mapToDouble(bin -> bin.rows() / rows * Math.abs(bin.confidence() - bin.accuracy()))
                .sum();
    }
}
