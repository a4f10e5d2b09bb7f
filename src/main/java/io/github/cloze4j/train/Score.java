package io.github.cloze4j.train;

import io.github.cloze4j.kernel.LossSum;

/**
 * The score of one head on some targets.
 *
 * @param loss the mean loss of a target: of a cross-entropy in nats
 * @param accuracy the share of the targets whose highest score is the right answer, in [0, 1]; NaN if the loss has no right
 *     answers to count, as a squared error has none
 * @param count the number of targets
 */
public record Score(double loss, double accuracy, long count) {
    /** The score of at least one target. */
    static Score of(LossSum sum, long count) {
        double accuracy = sum.countsAnswers() ? (double) sum.correct() / count : Double.NaN;
        return new Score(sum.sum() / count, accuracy, count);
    }

    /** Whether the loss has right answers to count. If it has none, it is no cross-entropy, and has no perplexity either. */
    public boolean hasAccuracy() {
        return !Double.isNaN(accuracy);
    }

    /** {@code exp(loss)}. */
    public double perplexity() {
        return Math.exp(loss);
    }
}
