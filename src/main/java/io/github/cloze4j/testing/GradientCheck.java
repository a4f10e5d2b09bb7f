package io.github.cloze4j.testing;

import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.nn.Parameter;
import io.github.cloze4j.nn.ParameterStore;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleSupplier;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Compares a hand-written gradient with central differences; meaningful in double precision only. */
public final class GradientCheck {
    private static final double STEP = 1e-5;

    private GradientCheck() {}

    /**
     * Demands that the gradients of all trained parameters of a model agree with the numerical ones. For each parameter the norm of
     * the difference has to be at most {@code absolute + relative · max(‖analytic‖, ‖numerical‖)}. The absolute part is for
     * gradients that are 0 and whose numerical ones are rounding: in every BERT that of {@code key.bias}, which moves all
     * scores of a query alike. In double precision 1e-6 and 1e-8 are tight for a loss of about 1.
     *
     * @param parameters with the gradients of {@code loss}; values are perturbed element by element, and restored
     * @param relative at least 0
     * @param absolute at least 0
     * @param loss computes the loss from the current values
     * @throws AssertionError that names the parameters which disagree
     */
    public static void assertGradients(
            ParameterStore parameters, double relative, double absolute, DoubleSupplier loss) {
        List<String> wrong = new ArrayList<>();
        for (Parameter parameter : parameters.parameters()) {
            INDArray gradient = parameter.gradient();
            if (gradient == null) {
                continue;
            }
            Difference difference = difference(parameters.kernels(), parameter.value(), gradient, loss);
            // Not ">": NaN has to fail.
            if (!(difference.norm() <= absolute + relative * difference.scale())) {
                wrong.add(parameter.name() + " differs by " + difference.norm() + " of " + difference.scale());
            }
        }
        if (!wrong.isEmpty()) {
            throw new AssertionError("Expected gradients that agree with central differences to " + relative + " and "
                    + absolute + ". Received: " + String.join("; ", wrong));
        }
    }

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
        Difference difference = difference(kernels, value, gradient, loss);
        return difference.scale() == 0 ? 0 : difference.norm() / difference.scale();
    }

    /** @param scale the larger norm of the two gradients */
    private record Difference(double norm, double scale) {}

    private static Difference difference(Kernels kernels, INDArray value, INDArray gradient, DoubleSupplier loss) {
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
        return new Difference(Math.sqrt(difference), Math.sqrt(Math.max(analyticNorm, numericalNorm)));
    }
}
