package io.github.cloze4j.train;

/**
 * A score on fixed masks.
 *
 * @param mlmLoss mean cross-entropy of a masked token, in nats
 * @param accuracy share of masked tokens whose highest logit is the label, in [0, 1]
 * @param maskedTokens tokens scored
 */
public record Evaluation(double mlmLoss, double accuracy, long maskedTokens) {
    /** {@code exp(mlmLoss)}. */
    public double perplexity() {
        return Math.exp(mlmLoss);
    }
}
