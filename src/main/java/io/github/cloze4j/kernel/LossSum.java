package io.github.cloze4j.kernel;

/**
 * Cross-entropy over some rows.
 *
 * @param sum over the rows, in nats
 * @param correct rows whose highest logit is the label
 */
public record LossSum(double sum, int correct) {
    /** Over no row. */
    public static final LossSum ZERO = new LossSum(0, 0);

    /** Both together. */
    public LossSum plus(LossSum other) {
        return new LossSum(sum + other.sum, correct + other.correct);
    }
}
