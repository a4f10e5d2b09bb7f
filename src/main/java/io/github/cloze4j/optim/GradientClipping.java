package io.github.cloze4j.optim;

/** Clipping by the global norm (Pascanu et al., 2013), with the numbers of PyTorch's {@code clip_grad_norm_}. */
public final class GradientClipping {
    /** PyTorch's, which keeps the quotient finite. */
    private static final double EPSILON = 1e-6;

    private GradientClipping() {}

    /**
     * What all gradients are to be multiplied by, so that their norm is at most {@code maxNorm}.
     *
     * @param norm of all gradients together
     * @param maxNorm 0 clips nothing
     */
    public static double scale(double norm, double maxNorm) {
        return maxNorm == 0 ? 1 : Math.min(1, maxNorm / (norm + EPSILON));
    }
}
