package io.github.cloze4j.train;

import io.github.cloze4j.kernel.LossSum;

/**
 * The score of one head on some targets.
 *
 * @param loss mean cross-entropy of a target, in nats
 * @param accuracy share of the targets whose highest score is the right answer, in [0, 1]
 * @param count number of targets
 */
public record Score(double loss, double accuracy, long count) {
    /** The score of at least one target. */
    static Score of(LossSum sum, long count) {
        return new Score(sum.sum() / count, (double) sum.correct() / count, count);
    }

    /** {@code exp(loss)}. */
    public double perplexity() {
        return Math.exp(loss);
    }
}
