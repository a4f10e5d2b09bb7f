package io.github.cloze4j.kernel;

/**
 * The numbers of one AdamW step (Loshchilov and Hutter, 2019), or of one step of Google's optimizer of BERT, which corrects no
 * bias.
 *
 * @param learningRate of this step
 * @param beta1 decay of the first moment, in [0, 1)
 * @param beta2 decay of the second moment, in [0, 1)
 * @param epsilon added to the root of the second moment
 * @param weightDecay decoupled; the value shrinks by {@code learningRate * weightDecay}
 * @param step counted from 1, for the bias correction
 * @param correctsBias whether the moments are divided by what they lack at the start; Google's code does not
 * @param clipping of the gradient, by the norm of all gradients
 */
public record AdamWStep(
        double learningRate,
        double beta1,
        double beta2,
        double epsilon,
        double weightDecay,
        long step,
        boolean correctsBias,
        Clipping clipping) {

    /** {@code 1 - beta1^step}, or 1 where no bias is corrected. */
    public double biasCorrection1() {
        return correctsBias ? 1 - Math.pow(beta1, (double) step) : 1;
    }

    /** {@code 1 - beta2^step}, or 1 where no bias is corrected. */
    public double biasCorrection2() {
        return correctsBias ? 1 - Math.pow(beta2, (double) step) : 1;
    }

    /** These numbers with another clipping. */
    AdamWStep with(Clipping other) {
        return new AdamWStep(learningRate, beta1, beta2, epsilon, weightDecay, step, correctsBias, other);
    }
}
