package io.github.cloze4j.finetune.metrics;

import io.github.cloze4j.random.RandomStream;
import java.util.Arrays;
import java.util.function.ToDoubleFunction;

/**
 * Intervals of a metric from resampled rows: the percentile method of the bootstrap (Efron, 1979). Each resample draws as many rows as
 * there are, with repetitions.
 */
public final class Bootstrap {
    /** Number of resamples that is enough for the limits of a 95 % interval. */
    public static final int RESAMPLES = 1000;

    private static final long PURPOSE = 0x424f4f54_53545241L;
    private static final double LOW = 0.025;
    private static final double HIGH = 0.975;

    private Bootstrap() {}

    /**
     * Computes a 95 % interval. The result is a function of the arguments: resample {@code i} depends only on the seed, {@code i} and
     * the number of rows.
     *
     * @param rows the number of rows of the evaluated data, such as texts, sentences or questions
     * @param metric the metric of some rows, which are given by their indices and may repeat; {@link Rows} picks them
     * @param resamples the number of resamples, at least 2, such as {@link #RESAMPLES}
     * @param seed the seed of the draws
     * @return the interval. Resamples for which the metric is NaN are left out and counted; both limits are NaN if there are no others
     * @throws IllegalArgumentException if there are no rows or too few resamples
     */
    public static Interval interval(int rows, ToDoubleFunction<int[]> metric, int resamples, long seed) {
        MetricInput.atLeastOneRow(rows);
        if (resamples < 2) {
            throw new IllegalArgumentException(
                    "Expected at least 2 resamples. Received: " + resamples + ". Take " + RESAMPLES + ".");
        }
        double[] values = new double[resamples];
        int defined = 0;
        for (int resample = 0; resample < resamples; resample++) {
            double value = metric.applyAsDouble(draw(rows, new RandomStream(seed, PURPOSE, resample, rows)));
            if (!Double.isNaN(value)) {
                values[defined++] = value;
            }
        }
        double[] sorted = Arrays.copyOf(values, defined);
        Arrays.sort(sorted);
        return new Interval(percentile(sorted, LOW), percentile(sorted, HIGH), resamples, resamples - defined);
    }

    private static int[] draw(int rows, RandomStream random) {
        int[] drawn = new int[rows];
        for (int i = 0; i < rows; i++) {
            drawn[i] = random.nextInt(rows);
        }
        return drawn;
    }

    /** A quantile with linear interpolation between neighbours, the default of {@code numpy.quantile}; NaN if there are no values. */
    static double percentile(double[] sorted, double share) {
        if (sorted.length == 0) {
            return Double.NaN;
        }
        double position = share * (sorted.length - 1);
        int below = (int) position;
        int above = Math.min(below + 1, sorted.length - 1);
        return sorted[below] + (position - below) * (sorted[above] - sorted[below]);
    }

    /**
     * A 95 % interval.
     *
     * @param low the 2.5th percentile of the metric over the resamples
     * @param high the 97.5th percentile
     * @param resamples the number of resamples that were drawn
     * @param undefined the number of resamples for which the metric was NaN, which count for neither limit
     */
    public record Interval(double low, double high, int resamples, int undefined) {}
}
