package io.github.cloze4j.finetune.metrics;

/** Mean reciprocal rank (Voorhees, 1999). Equals {@code label_ranking_average_precision_score} of scikit-learn with one right candidate a row. */
public final class MeanReciprocalRank {
    private MeanReciprocalRank() {}

    /**
     * Computes {@code Σ 1 / rank / rows}.
     *
     * @param ranks {@code [rows]}, the rank of the right candidate, 1 for the best; 0 if it is not among the candidates, which counts as 0
     * @return the mean in [0, 1]
     * @throws IllegalArgumentException if there are no rows or a rank is negative
     */
    public static double of(int[] ranks) {
        MetricInput.atLeastOneRow(ranks.length);
        double sum = 0;
        for (int row = 0; row < ranks.length; row++) {
            if (ranks[row] < 0) {
                throw new IllegalArgumentException("Expected ranks of at least 0. Received: " + ranks[row] + " in row "
                        + row + ". Pass 1 for the best candidate and 0 for none.");
            }
            sum += ranks[row] == 0 ? 0 : 1.0 / ranks[row];
        }
        return sum / ranks.length;
    }

    /**
     * Ranks the right candidate of one row. Ties count against it, so that equal scores for all candidates earn nothing.
     *
     * @param scores {@code [candidates]}, higher is better
     * @param right the index of the right candidate
     * @return the number of candidates that score at least as high, the right one included
     * @throws IllegalArgumentException if a score is not finite or there is no such candidate
     */
    public static int rank(double[] scores, int right) {
        MetricInput.finite("score", scores);
        MetricInput.classesInRange("right", new int[] {right}, scores.length);
        int rank = 0;
        for (double score : scores) {
            rank += score >= scores[right] ? 1 : 0;
        }
        return rank;
    }
}
