package io.github.cloze4j.kernel;

/**
 * A loss over some rows.
 *
 * @param sum the sum over the rows: of a cross-entropy in nats
 * @param correct the rows whose highest logit is the label; {@link #NO_ANSWERS} if the loss has no right answers to count, as a
 *     squared error has none
 */
public record LossSum(double sum, int correct) {
    /** The value of {@link #correct} of a loss that has no right answers to count. */
    public static final int NO_ANSWERS = -1;

    /** Over no row. */
    public static final LossSum ZERO = new LossSum(0, 0);

    /** Whether {@link #correct} is a number of rows. */
    public boolean countsAnswers() {
        return correct != NO_ANSWERS;
    }

    /** Both together. */
    public LossSum plus(LossSum other) {
        boolean counted = countsAnswers() && other.countsAnswers();
        return new LossSum(sum + other.sum, counted ? correct + other.correct : NO_ANSWERS);
    }
}
