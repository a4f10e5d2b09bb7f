package io.github.cloze4j.finetune.metrics;

import io.github.cloze4j.random.RandomStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
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
        String name = "metric";
        Interval interval = intervals(rows, drawn -> Map.of(name, metric.applyAsDouble(drawn)), resamples, seed)
                .get(name);
        return Objects.requireNonNull(interval);
    }

    /**
     * Computes 95 % intervals of several metrics from the same resamples. Each is the interval that {@link #interval} computes for
     * that metric alone.
     *
     * @param rows the number of rows of the evaluated data
     * @param metrics the metrics of some rows by name; a metric that has no value for these rows may be missing or NaN
     * @param resamples the number of resamples, at least 2
     * @param seed the seed of the draws
     * @return an interval for each metric that some resample has, in the order in which they come
     * @throws IllegalArgumentException if there are no rows or too few resamples
     */
    public static Map<String, Interval> intervals(
            int rows, Function<int[], Map<String, Double>> metrics, int resamples, long seed) {
        MetricInput.atLeastOneRow(rows);
        if (resamples < 2) {
            throw new IllegalArgumentException(
                    "Expected at least 2 resamples. Received: " + resamples + ". Take " + RESAMPLES + ".");
        }
        Map<String, List<Double>> defined = new LinkedHashMap<>();
        for (int resample = 0; resample < resamples; resample++) {
            metrics.apply(draw(rows, new RandomStream(seed, PURPOSE, resample, rows)))
                    .forEach((name, value) -> {
                        List<Double> values = defined.computeIfAbsent(name, first -> new ArrayList<>());
                        if (!Double.isNaN(value)) {
                            values.add(value);
                        }
                    });
        }
        Map<String, Interval> intervals = new LinkedHashMap<>();
        defined.forEach((name, values) -> intervals.put(name, Interval.of(values, resamples)));
        return intervals;
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
    public record Interval(double low, double high, int resamples, int undefined) {
        private static Interval of(List<Double> values, int resamples) {
            double[] sorted =
                    values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
            return new Interval(
                    percentile(sorted, LOW), percentile(sorted, HIGH), resamples, resamples - sorted.length);
        }
    }
}
