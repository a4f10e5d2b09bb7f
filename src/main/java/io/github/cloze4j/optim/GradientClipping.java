package io.github.cloze4j.optim;

/** Clipping by the global norm (Pascanu et al., 2013). */
public final class GradientClipping {
    /** PyTorch's, which keeps the quotient finite. */
    private static final double EPSILON = 1e-6;

    private GradientClipping() {}

    /**
     * What all gradients are to be multiplied by, so that their norm is at most {@code maxNorm}: for {@link
     * OptimizerKind#ADAMW} with the numbers of PyTorch's {@code clip_grad_norm_}, for {@link OptimizerKind#BERT} with those
     * of TensorFlow's {@code clip_by_global_norm}.
     *
     * @param norm of all gradients together
     * @param maxNorm 0 clips nothing
     */
    public static double scale(double norm, double maxNorm, OptimizerKind optimizer) {
        if (maxNorm == 0) {
            return 1;
        }
        return Math.min(1, maxNorm / (optimizer == OptimizerKind.ADAMW ? norm + EPSILON : norm));
    }
}
