package io.github.cloze4j.finetune.metrics;

/**
 * Scores of predicted numbers. The references are {@code scipy.stats.pearsonr} and {@code scipy.stats.spearmanr}, and
 * {@code mean_squared_error} and {@code mean_absolute_error} of scikit-learn.
 *
 * @param pearson Pearson's correlation, in [-1, 1]; NaN if there are fewer than two rows or one side is constant
 * @param spearman Spearman's correlation, in [-1, 1]: Pearson's correlation of the ranks, where ties share their mean rank; NaN under the
 *     same conditions
 * @param meanSquaredError {@code Σ (gold − predicted)² / rows}, at least 0
 * @param meanAbsoluteError {@code Σ |gold − predicted| / rows}, at least 0
 */
public record RegressionScores(double pearson, double spearman, double meanSquaredError, double meanAbsoluteError) {
    /**
     * Scores rows.
     *
     * @param gold {@code [rows]}, the right numbers
     * @param predicted {@code [rows]}, the predicted numbers
     * @throws IllegalArgumentException if there are no rows, the lengths differ or a number is not finite
     */
    public static RegressionScores of(double[] gold, double[] predicted) {
        MetricInput.sameRows(gold.length, predicted.length);
        MetricInput.finite("gold", gold);
        MetricInput.finite("predicted", predicted);
        double squares = 0;
        double distances = 0;
        for (int row = 0; row < gold.length; row++) {
            double difference = gold[row] - predicted[row];
            squares += difference * difference;
            distances += Math.abs(difference);
        }
        return new RegressionScores(
                correlation(gold, predicted),
                correlation(Ranks.average(gold), Ranks.average(predicted)),
                squares / gold.length,
                distances / gold.length);
    }

    private static double correlation(double[] x, double[] y) {
        if (isConstant(x) || isConstant(y)) {
            return Double.NaN;
        }
        double[] dx = direction(x);
        double[] dy = direction(y);
        double sum = 0;
        for (int i = 0; i < dx.length; i++) {
            sum += dx[i] * dy[i];
        }
        return Math.max(-1, Math.min(1, sum));
    }

    private static boolean isConstant(double[] values) {
        for (double value : values) {
            if (value != values[0]) {
                return false;
            }
        }
        return true;
    }

    /** The distances from the mean, divided by their norm. They are scaled before they are squared, so that no square overflows. */
    private static double[] direction(double[] values) {
        double mean = 0;
        for (double value : values) {
            mean += value / values.length;
        }
        double largest = 0;
        for (double value : values) {
            largest = Math.max(largest, Math.abs(value - mean));
        }
        double[] scaled = new double[values.length];
        double squares = 0;
        for (int i = 0; i < values.length; i++) {
            scaled[i] = (values[i] - mean) / largest;
            squares += scaled[i] * scaled[i];
        }
        double norm = Math.sqrt(squares);
        for (int i = 0; i < scaled.length; i++) {
            scaled[i] /= norm;
        }
        return scaled;
    }
}
