package io.github.cloze4j.train;

import org.jspecify.annotations.Nullable;

/**
 * A score on fixed masks, and pairs where the objective has them.
 *
 * @param mlmLoss mean cross-entropy of a masked token, in nats
 * @param accuracy share of masked tokens whose highest logit is the label, in [0, 1]
 * @param maskedTokens tokens scored
 * @param nextSentence of the pairs; null where the objective has none
 */
public record Evaluation(
        double mlmLoss,
        double accuracy,
        long maskedTokens,
        @Nullable NextSentenceScore nextSentence) {
    /** Of masked tokens alone. */
    public Evaluation(double mlmLoss, double accuracy, long maskedTokens) {
        this(mlmLoss, accuracy, maskedTokens, null);
    }

    /** {@code exp(mlmLoss)}. */
    public double perplexity() {
        return Math.exp(mlmLoss);
    }
}
