package io.github.cloze4j.kernel;

/**
 * The loss of some answers: rows, or groups of rows.
 *
 * @param sum the sum over the answers: of a cross-entropy in nats
 * @param correct the number of right answers, as the operation that computed the loss defines them; {@link #NO_ANSWERS} if the
 *     loss has no right answers to count, as a squared error has none
 */
public record LossSum(double sum, int correct) {
    /** The value of {@link #correct} of a loss that has no right answers to count. */
    public static final int NO_ANSWERS = -1;

    /** The loss of no answer. */
    public static final LossSum ZERO = new LossSum(0, 0);

    /** Whether {@link #correct} is a number of answers. */
    public boolean countsAnswers() {
        return correct != NO_ANSWERS;
    }

    /** Both together. */
    public LossSum plus(LossSum other) {
        boolean counted = countsAnswers() && other.countsAnswers();
        return new LossSum(sum + other.sum, counted ? correct + other.correct : NO_ANSWERS);
    }
}
