package io.github.cloze4j.kernel.nd4j;

import io.github.cloze4j.kernel.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.transforms.strict.Erf;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;

/**
 * Activations composed of simple operations: ND4J's own GELUs are other functions (one is x·σ(1.702x), one is wrong), and its
 * maximum of NaN and 0 is 0, which would hide a diverged model.
 */
final class ActivationFunctions {
    private static final double SQRT_HALF = Math.sqrt(0.5);
    private static final double INVERSE_SQRT_TWO_PI = 1 / Math.sqrt(2 * Math.PI);
    private static final double SQRT_TWO_OVER_PI = Math.sqrt(2 / Math.PI);
    private static final double CUBIC = 0.044715;
    private static final double LEAK = 0.01;
    private static final double QUICK = 1.702;
    private static final double CEILING = 6;

    private ActivationFunctions() {}

    static void forward(Activation activation, INDArray x, INDArray y) {
        switch (activation) {
            case GELU -> normalDistribution(x, y).muli(x);
            case GELU_TANH -> tanhOfCubic(x, y).addi(1).muli(0.5).muli(x);
            case TANH -> Transforms.tanh(y.assign(x), false);
            case RELU -> rectified(x, y);
            case RELU6 -> {
                // 6 − max(6 − max(x, 0), 0)
                rectified(x, y).rsubi(CEILING);
                rectifyInPlace(y).rsubi(CEILING);
            }
            case RELU_SQUARED -> rectified(x, y).muli(y);
            case LEAKY_RELU -> rectified(x, y).muli(1 - LEAK).addi(x.mul(LEAK));
            case SIGMOID -> logistic(1, x, y);
            case SILU -> logistic(1, x, y).muli(x);
            case QUICK_GELU -> logistic(QUICK, x, y).muli(x);
            case LINEAR -> y.assign(x);
        }
    }

    /** {@code x = f'(x)} in place. */
    static void derivative(Activation activation, INDArray x, Scratch scratch) {
        INDArray derivative = scratch.like(Scratch.Slot.FIRST, x);
        INDArray other = scratch.like(Scratch.Slot.SECOND, x);
        switch (activation) {
            case GELU -> {
                // Φ(x) + x · φ(x)
                normalDistribution(x, derivative);
                x.mul(x, other).muli(-0.5);
                Transforms.exp(other, false);
                derivative.addi(other.muli(INVERSE_SQRT_TWO_PI).muli(x));
            }
            case GELU_TANH -> {
                // t = tanh(u(x)):  (1 + t) / 2 + x / 2 · (1 − t²) · u'(x)
                tanhOfCubic(x, derivative);
                derivative.mul(derivative, other).rsubi(1).muli(x).muli(0.5 * SQRT_TWO_OVER_PI);
                derivative.addi(1).muli(0.5);
                derivative.addi(other);
                other.muli(x).muli(x).muli(3 * CUBIC);
                derivative.addi(other);
            }
            case TANH -> {
                Transforms.tanh(derivative.assign(x), false);
                derivative.muli(derivative).rsubi(1);
            }
            case RELU -> step(x, derivative);
            case RELU6 -> {
                step(x, derivative);
                x.rsub(CEILING, other);
                derivative.muli(step(other, other));
            }
            case RELU_SQUARED -> rectified(x, derivative).muli(2);
            case LEAKY_RELU -> step(x, derivative).muli(1 - LEAK).addi(LEAK);
            case SIGMOID -> {
                logistic(1, x, derivative);
                derivative.muli(derivative.rsub(1, other));
            }
            case SILU -> gatedDerivative(1, x, derivative, other);
            case QUICK_GELU -> gatedDerivative(QUICK, x, derivative, other);
            case LINEAR -> derivative.assign(1);
        }
        x.assign(derivative);
    }

    /** {@code y = Φ(x) = (1 + erf(x / √2)) / 2}. */
    private static INDArray normalDistribution(INDArray x, INDArray y) {
        x.mul(SQRT_HALF, y);
        Nd4j.exec(new Erf(y, y));
        return y.addi(1).muli(0.5);
    }

    /** {@code y = tanh(√(2/π) · (x + 0.044715 x³))}. */
    private static INDArray tanhOfCubic(INDArray x, INDArray y) {
        x.mul(x, y).muli(CUBIC).addi(1).muli(x).muli(SQRT_TWO_OVER_PI);
        Transforms.tanh(y, false);
        return y;
    }

    /** {@code y = max(x, 0) = (x + |x|) / 2}, which keeps NaN. */
    private static INDArray rectified(INDArray x, INDArray y) {
        return Transforms.abs(y.assign(x), false).addi(x).muli(0.5);
    }

    private static INDArray rectifyInPlace(INDArray x) {
        return x.addi(Transforms.abs(x, true)).muli(0.5);
    }

    /** {@code y = 1} where {@code x > 0}, else 0. */
    private static INDArray step(INDArray x, INDArray y) {
        return rectifyInPlace(Transforms.sign(y.assign(x), false));
    }

    /** {@code y = σ(a x)}. */
    private static INDArray logistic(double a, INDArray x, INDArray y) {
        x.mul(-a, y);
        return Transforms.exp(y, false).addi(1).rdivi(1);
    }

    /** The derivative of {@code x · s} with {@code s = σ(a x)}: {@code s + a x s (1 − s)}. */
    private static void gatedDerivative(double a, INDArray x, INDArray derivative, INDArray other) {
        logistic(a, x, derivative);
        derivative.rsub(1, other).muli(derivative).muli(x).muli(a);
        derivative.addi(other);
    }
}
