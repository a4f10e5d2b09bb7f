package io.github.cloze4j.testing;

import io.github.cloze4j.kernel.Kernels;
import java.util.Arrays;
import java.util.function.DoubleSupplier;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Compares a hand-written gradient with central differences; meaningful in double precision only. */
public final class GradientCheck {
    private static final double STEP = 1e-5;

    private GradientCheck() {}

    /**
     * How far a gradient is from the numerical one. Where the gradient is close to 0 everywhere, as that of the attention of
     * a model with BERT's small initial weights, rounding is most of the difference: draw them with a larger {@code
     * initializerRange}.
     *
     * @param kernels that the loss is computed with
     * @param value what the loss depends on; perturbed element by element, and restored
     * @param gradient of the loss with respect to value, of the same shape; read once, before the loss is computed
     * @param loss computes the loss from the current content of value
     * @return ‖analytic − numerical‖ ÷ max(‖analytic‖, ‖numerical‖), 0 where both are 0
     * @throws IllegalArgumentException if the shapes differ
     */
    public static double relativeError(Kernels kernels, INDArray value, INDArray gradient, DoubleSupplier loss) {
        if (!Arrays.equals(value.shape(), gradient.shape())) {
            throw new IllegalArgumentException("Expected a gradient of the value's shape "
                    + Arrays.toString(value.shape()) + ". Received: " + Arrays.toString(gradient.shape()));
        }
        HostCopy analytic = new HostCopy(kernels, gradient);
        HostCopy perturbed = new HostCopy(kernels, value);
        double difference = 0;
        double analyticNorm = 0;
        double numericalNorm = 0;
        for (int i = 0; i < perturbed.length(); i++) {
            double original = perturbed.get(i);
            perturbed.put(i, original + STEP);
            double above = loss.getAsDouble();
            perturbed.put(i, original - STEP);
            double below = loss.getAsDouble();
            perturbed.put(i, original);
            double numerical = (above - below) / (2 * STEP);
            double exact = analytic.get(i);
            difference += (exact - numerical) * (exact - numerical);
            analyticNorm += exact * exact;
            numericalNorm += numerical * numerical;
        }
        double scale = Math.sqrt(Math.max(analyticNorm, numericalNorm));
        return scale == 0 ? 0 : Math.sqrt(difference) / scale;
    }
}
