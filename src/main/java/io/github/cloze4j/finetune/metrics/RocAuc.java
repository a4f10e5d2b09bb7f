package io.github.cloze4j.finetune.metrics;

/** Area under the receiver operating characteristic of two classes: {@code roc_auc_score} of scikit-learn. */
public final class RocAuc {
    private RocAuc() {}

    /**
     * Computes the probability that a positive row scores higher than a negative one, where a tie counts half (Hanley and McNeil, 1982):
     * {@code (R − p (p + 1) / 2) / (p n)} with {@code p} positive and {@code n} negative rows, and {@code R} the sum of the ranks of the
     * positive rows.
     *
     * @param positive {@code [rows]}, whether a row is of the positive class
     * @param scores {@code [rows]}, higher for the positive class; any monotone scale, such as logits or probabilities
     * @return the area in [0, 1]; NaN if all rows are of one class
     * @throws IllegalArgumentException if there are no rows, the lengths differ or a score is not finite
     */
    public static double of(boolean[] positive, double[] scores) {
        MetricInput.sameRows(positive.length, scores.length);
        MetricInput.finite("score", scores);
        double[] ranks = Ranks.average(scores);
        double positives = 0;
        double rankSum = 0;
        for (int row = 0; row < positive.length; row++) {
            if (positive[row]) {
                positives++;
                rankSum += ranks[row];
            }
        }
        double negatives = positive.length - positives;
        if (positives == 0 || negatives == 0) {
            return Double.NaN;
        }
        return (rankSum - positives * (positives + 1) / 2) / (positives * negatives);
    }
}
