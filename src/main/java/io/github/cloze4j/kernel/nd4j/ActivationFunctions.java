package io.github.cloze4j.kernel.nd4j;

import io.github.cloze4j.kernel.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.transforms.strict.Erf;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;

/** Tanh, and both GELUs, composed: ND4J's own are other functions (one is x·σ(1.702x), one is wrong). */
final class ActivationFunctions {
    private static final double SQRT_HALF = Math.sqrt(0.5);
    private static final double INVERSE_SQRT_TWO_PI = 1 / Math.sqrt(2 * Math.PI);
    private static final double SQRT_TWO_OVER_PI = Math.sqrt(2 / Math.PI);
    private static final double CUBIC = 0.044715;

    private ActivationFunctions() {}

    static void forward(Activation activation, INDArray x, INDArray y) {
        switch (activation) {
            case GELU -> normalDistribution(x, y).muli(x);
            case GELU_TANH -> tanhOfCubic(x, y).addi(1).muli(0.5).muli(x);
            case TANH -> Transforms.tanh(y.assign(x), false);
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
}
