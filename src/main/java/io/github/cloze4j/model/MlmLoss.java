package io.github.cloze4j.model;

/**
 * What one batch cost.
 *
 * @param sum cross-entropy summed over the masked positions, in nats
 * @param correct masked positions whose highest logit is the label
 * @param count masked positions
 */
public record MlmLoss(double sum, int correct, int count) {
    /** Of no position at all. */
    public static final MlmLoss ZERO = new MlmLoss(0, 0, 0);

    /** Both together. */
    public MlmLoss plus(MlmLoss other) {
        return new MlmLoss(sum + other.sum, correct + other.correct, count + other.count);
    }

    /** Cross-entropy of a masked position, in nats. */
    public double mean() {
        return sum / count;
    }
}
