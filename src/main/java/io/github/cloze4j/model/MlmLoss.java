package io.github.cloze4j.model;

/**
 * What one batch cost.
 *
 * @param sum cross-entropy summed over the masked positions, in nats
 * @param correct masked positions whose highest logit is the label
 * @param count masked positions
 * @param nextSentence of the batch's pairs, where the model has the head for them
 */
public record MlmLoss(double sum, int correct, int count, NextSentenceLoss nextSentence) {
    /** Of no position at all. */
    public static final MlmLoss ZERO = new MlmLoss(0, 0, 0, NextSentenceLoss.ZERO);

    /** Both together. */
    public MlmLoss plus(MlmLoss other) {
        return new MlmLoss(
                sum + other.sum, correct + other.correct, count + other.count, nextSentence.plus(other.nextSentence));
    }

    /** Cross-entropy of a masked position, in nats. */
    public double mean() {
        return sum / count;
    }
}
