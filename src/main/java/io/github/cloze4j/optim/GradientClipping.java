package io.github.cloze4j.optim;

import io.github.cloze4j.kernel.Clipping;
import io.github.cloze4j.kernel.Pending;

/** Clipping by the global norm (Pascanu et al., 2013), as the reference of each optimizer does it. */
public final class GradientClipping {
    /** PyTorch's, which keeps the quotient finite. */
    private static final double EPSILON = 1e-6;

    private GradientClipping() {}

    /**
     * Multiplies all gradients so that their norm is at most {@code maxNorm}: for {@link OptimizerKind#BERT} with the numbers of
     * TensorFlow's {@code clip_by_global_norm}, for the others with those of PyTorch's {@code clip_grad_norm_}.
     *
     * @param squaredNorm of all gradients together
     * @param maxNorm 0 clips nothing
     */
    public static Clipping of(Pending<Double> squaredNorm, double maxNorm, OptimizerKind optimizer) {
        return new Clipping(squaredNorm, maxNorm, optimizer == OptimizerKind.BERT ? 0 : EPSILON);
    }
}
