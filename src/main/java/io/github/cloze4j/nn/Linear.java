package io.github.cloze4j.nn;

import io.github.cloze4j.kernel.Activation;
import io.github.cloze4j.kernel.Kernels;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/** {@code y = x · weightᵀ + bias}. */
public final class Linear {
    private final Kernels kernels;
    private final Parameter weight; // [out, in]
    private final Parameter bias; // [out]

    /** Declares {@code name.weight}, a hidden matrix, and {@code name.bias}. */
    public Linear(ParameterLayout layout, Kernels kernels, String name, int in, int out) {
        this(
                kernels,
                layout.hiddenMatrix(name + ".weight", Initial.RANDOM, out, in),
                layout.undecayed(name + ".bias", Initial.ZEROS, out));
    }

    /** The last layer of a head, whose outputs are scores. Declares {@code name.weight}, no hidden matrix, and {@code name.bias}. */
    public static Linear ofScores(ParameterLayout layout, Kernels kernels, String name, int in, int out) {
        return new Linear(
                kernels,
                layout.weight(name + ".weight", Initial.RANDOM, out, in),
                layout.undecayed(name + ".bias", Initial.ZEROS, out));
    }

    /** A layer on parameters that are declared elsewhere: stacked ones, or those of another layer. */
    public Linear(Kernels kernels, Parameter weight, Parameter bias) {
        this.kernels = kernels;
        this.weight = weight;
        this.bias = bias;
    }

    /** Takes x {@code [tokens, in]}; writes y {@code [tokens, out]}. */
    public void forward(INDArray x, INDArray y) {
        kernels.linear(x, weight.value(), bias.value(), y);
    }

    /** {@code y = f(x · weightᵀ + bias)}; writes the derivative of f {@code [tokens, out]} for backward. */
    public void forward(INDArray x, Activation activation, INDArray derivative, INDArray y) {
        kernels.linearActivation(x, weight.value(), bias.value(), activation, derivative, y);
    }

    /** {@code z = x · weightᵀ}, without the bias: for {@link #activate} after something was added to z. */
    void multiply(INDArray x, INDArray z) {
        kernels.gemm(false, true, 1, x, weight.value(), 0, z);
    }

    /** {@code y = f(z + bias)}; the derivative of f takes the place of z {@code [tokens, out]}, for backward. */
    void activate(Activation activation, INDArray z, INDArray y) {
        kernels.biasActivation(bias.value(), activation, z, y);
    }

    /** Takes dy {@code [tokens, out]} and writes dx {@code [tokens, in]}. */
    public void backward(INDArray x, INDArray dy, INDArray dx) {
        kernels.linearBackward(x, dy, weight.value(), 0, dx, weight.gradient(), bias.gradient());
    }

    /** Takes dy {@code [tokens, out]} and adds the gradient of x to dx {@code [tokens, in]}, unless dx is null. */
    public void backwardAdding(INDArray x, INDArray dy, @Nullable INDArray dx) {
        kernels.linearBackward(x, dy, weight.value(), 1, dx, weight.gradient(), bias.gradient());
    }

    /** Takes dy {@code [tokens, out]} where {@code x = f(z)}: dz {@code [tokens, in]}, the gradient of z, is written. */
    public void backward(INDArray x, INDArray dy, INDArray derivative, INDArray dz) {
        kernels.linearBackward(x, dy, weight.value(), derivative, dz, weight.gradient(), bias.gradient());
    }
}
