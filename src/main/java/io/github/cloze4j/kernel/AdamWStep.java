package io.github.cloze4j.kernel;

/**
 * The numbers of one AdamW step (Loshchilov and Hutter, 2019).
 *
 * @param learningRate of this step
 * @param beta1 decay of the first moment, in [0, 1)
 * @param beta2 decay of the second moment, in [0, 1)
 * @param epsilon added to the root of the second moment
 * @param weightDecay decoupled; the value shrinks by {@code learningRate * weightDecay}
 * @param step counted from 1, for the bias correction
 * @param gradientScale multiplies the gradient: the clipping factor
 */
public record AdamWStep(
        double learningRate,
        double beta1,
        double beta2,
        double epsilon,
        double weightDecay,
        long step,
        double gradientScale) {

    /** {@code 1 - beta1^step}. */
    public double biasCorrection1() {
        return 1 - Math.pow(beta1, (double) step);
    }

    /** {@code 1 - beta2^step}. */
    public double biasCorrection2() {
        return 1 - Math.pow(beta2, (double) step);
    }
}
