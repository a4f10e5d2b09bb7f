package io.github.cloze4j.inference;

import io.github.cloze4j.Cloze4jException;
import java.util.Arrays;

/** Probabilities of scores. */
public final class Probabilities {
    /** Scores so far below the largest add less than 2e-22 of its share to a sum of exponentials, and exponentials are slow. */
    private static final double NEGLIGIBLE = -50;

    private Probabilities() {}

    /**
     * The logarithm of the sum of {@code exp(score)}; a score minus this is a log-probability.
     *
     * @param scores at least one score
     * @throws Cloze4jException if the result is not finite
     */
    public static double logSum(double[] scores) {
        double largest = scores[0];
        for (double score : scores) {
            largest = Math.max(largest, score);
        }
        double sum = 0;
        for (double score : scores) {
            double difference = score - largest;
            // A difference that is not a number is not skipped: it must reach the sum.
            if (!(difference < NEGLIGIBLE)) {
                sum += Math.exp(difference);
            }
        }
        double logSum = largest + Math.log(sum);
        if (!Double.isFinite(logSum)) {
            throw new Cloze4jException("Expected finite scores of the model. Received: " + largest
                    + " as the largest. Use a model whose training did not diverge");
        }
        return logSum;
    }

    /**
     * Probabilities of one class of several: their sum is 1.
     *
     * @throws Cloze4jException if a score is not finite
     */
    public static double[] softmax(double[] scores) {
        double logSum = logSum(scores);
        return Arrays.stream(scores).map(score -> Math.exp(score - logSum)).toArray();
    }

    /** The probability of each class by itself. */
    public static double[] sigmoid(double[] scores) {
        return Arrays.stream(scores).map(score -> 1 / (1 + Math.exp(-score))).toArray();
    }
}
