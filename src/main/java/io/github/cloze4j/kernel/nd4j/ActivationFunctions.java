package io.github.cloze4j.kernel.nd4j;

import io.github.cloze4j.kernel.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.transforms.strict.Erf;
import org.nd4j.linalg.api.ops.impl.transforms.strict.Log1p;
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
    private static final double HINGE = 3;
    private static final double GELU_LIMIT = 10;
    private static final double LAPLACE_MEAN = 0.707107;
    private static final double LAPLACE_DEVIATION = 0.282095;

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
            case HARDSWISH -> clipped(x.add(3), y, 0, CEILING).muli(x).divi(CEILING);
            case MISH -> tanhOfSoftplus(x, y).muli(x);
            case GELU_10 -> {
                INDArray gelu = normalDistribution(x, x.ulike()).muli(x);
                clipped(gelu, y, -GELU_LIMIT, GELU_LIMIT);
            }
            case LAPLACE -> normalDistribution(x.sub(LAPLACE_MEAN).divi(LAPLACE_DEVIATION), y);
            case LINEAR -> y.assign(x);
        }
    }

    /** {@code x = f'(x)} in place. */
    static void derivative(Activation activation, INDArray x, Scratch scratch) {
        INDArray derivative = scratch.like(Scratch.Slot.FIRST, x);
        INDArray other = scratch.like(Scratch.Slot.SECOND, x);
        switch (activation) {
            case GELU -> geluDerivative(x, derivative, other);
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
            case HARDSWISH -> hardswishDerivative(x, derivative, other);
            case MISH -> mishDerivative(x, derivative, other);
            case GELU_10 -> {
                geluDerivative(x, derivative, other);
                // Below 0 the exact GELU is above −0.2: only the upper limit cuts.
                normalDistribution(x, other).muli(x).rsubi(GELU_LIMIT);
                derivative.muli(notNegative(other));
            }
            case LAPLACE -> {
                x.sub(LAPLACE_MEAN, other).divi(LAPLACE_DEVIATION);
                density(other, derivative).divi(LAPLACE_DEVIATION);
            }
            case LINEAR -> derivative.assign(1);
        }
        x.assign(derivative);
    }

    /** {@code Φ(x) + x · φ(x)}. */
    private static void geluDerivative(INDArray x, INDArray derivative, INDArray other) {
        normalDistribution(x, derivative);
        derivative.addi(density(x, other).muli(x));
    }

    /** {@code y = φ(x) = exp(−x²/2) / √(2π)}. */
    private static INDArray density(INDArray x, INDArray y) {
        x.mul(x, y).muli(-0.5);
        return Transforms.exp(y, false).muli(INVERSE_SQRT_TWO_PI);
    }

    /** 0 below −3, {@code x / 3 + 1/2} up to 3, and 1 above. */
    private static void hardswishDerivative(INDArray x, INDArray derivative, INDArray other) {
        step(x.add(HINGE, other), derivative);
        INDArray above = notNegative(x.sub(HINGE, other));
        INDArray between = x.div(HINGE).addi(0.5);
        // between · (1 − above) + above
        derivative.muli(between.subi(between.mul(above)).addi(above));
    }

    /** {@code t + x · (1 − t²) · σ(x)} with {@code t = tanh(ln(1 + exp(x)))}. */
    private static void mishDerivative(INDArray x, INDArray derivative, INDArray other) {
        tanhOfSoftplus(x, derivative);
        logistic(1, x, other).muli(x);
        other.muli(derivative.mul(derivative).rsubi(1));
        derivative.addi(other);
    }

    /** {@code y = tanh(ln(1 + exp(x)))}, by {@code ln(1 + exp(x)) = max(x, 0) + ln(1 + exp(−|x|))}. */
    private static INDArray tanhOfSoftplus(INDArray x, INDArray y) {
        INDArray tail = Transforms.abs(x, true).negi();
        Transforms.exp(tail, false);
        Nd4j.exec(new Log1p(tail, tail));
        rectified(x, y).addi(tail);
        return Transforms.tanh(y, false);
    }

    /** {@code y = min(max(x, low), high)}, which keeps NaN. */
    private static INDArray clipped(INDArray x, INDArray y, double low, double high) {
        // high − max(high − low − max(x − low, 0), 0)
        rectified(x.sub(low), y).rsubi(high - low);
        return rectifyInPlace(y).rsubi(high);
    }

    /** {@code x = 1} where {@code x ≥ 0}, else 0. */
    private static INDArray notNegative(INDArray x) {
        return rectifyInPlace(Transforms.sign(x, false).negi()).rsubi(1);
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
