package io.github.cloze4j.nn;

import io.github.cloze4j.kernel.Arena;
import io.github.cloze4j.kernel.Dropout;
import io.github.cloze4j.kernel.Kernels;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A low-rank update of a linear layer (LoRA; Hu et al., 2021): {@code y += scale · dropout(x) · Aᵀ · Bᵀ}. B is 0 at first, so
 * the update begins with nothing.
 */
public final class LowRank {
    private static final String A = ".lora_A.weight";
    private static final String B = ".lora_B.weight";

    private final Kernels kernels;
    private final Parameter a; // [rank, in]
    private final Parameter b; // [out, rank]
    private final int rank;
    private final int in;
    private final double scale;
    private final boolean withDropout;

    /** The arrays that forward leaves for backward, and scratch. */
    record Activations(
            INDArray reduced, // [tokens, rank]
            INDArray dReduced, // [tokens, rank], scratch
            @Nullable INDArray dropped // [tokens, in]: the input after dropout; null if there is never dropout
            ) {
        Activations rows(int rows) {
            return new Activations(
                    Arena.rows(reduced, 0, rows),
                    Arena.rows(dReduced, 0, rows),
                    dropped == null ? null : Arena.rows(dropped, 0, rows));
        }
    }

    /** Declares {@code name.lora_A.weight} {@code [rank, in]} and {@code name.lora_B.weight} {@code [out, rank]}. */
    LowRank(ParameterLayout layout, Kernels kernels, String name, int in, int out, LowRankSettings settings) {
        this.kernels = kernels;
        this.in = in;
        rank = settings.rank();
        scale = settings.scale();
        withDropout = settings.withDropout();
        a = layout.weight(name + A, Initial.UNIFORM, rank, in);
        b = layout.weight(name + B, Initial.ZEROS, out, rank);
    }

    /** Whether a parameter, given by its name, belongs to a low-rank update. */
    public static boolean isParameter(String name) {
        return name.endsWith(A) || name.endsWith(B);
    }

    /** The name of the first matrix of the update of a linear layer. */
    public static String nameOfA(String linear) {
        return linear + A;
    }

    /** The name of the second matrix of the update of a linear layer. */
    public static String nameOfB(String linear) {
        return linear + B;
    }

    /** The name of the linear layer that a parameter of an update belongs to, such as {@code bert.encoder.layer.0.output.dense}. */
    public static String linearOf(String parameter) {
        if (!isParameter(parameter)) {
            throw new IllegalArgumentException("Expected a parameter of a low-rank update. Received: " + parameter);
        }
        return parameter.substring(0, parameter.length() - A.length());
    }

    Activations plan(Arena arena, int tokens) {
        return new Activations(
                arena.take(tokens, rank), arena.take(tokens, rank), withDropout ? arena.take(tokens, in) : null);
    }

    /** Takes x {@code [tokens, in]}; adds to y {@code [tokens, out]}, which may be some columns of a wider matrix. */
    void forward(INDArray x, Dropout dropout, Activations activations, INDArray y) {
        INDArray input = x;
        if (activations.dropped() != null && dropout.probability() > 0) {
            input = activations.dropped();
            kernels.zero(input);
            kernels.addDropout(dropout, x, input);
        }
        kernels.gemm(false, true, 1, input, a.value(), 0, activations.reduced());
        kernels.gemm(false, true, scale, activations.reduced(), b.value(), 1, y);
    }

    /** Takes dy {@code [tokens, out]}, perhaps some columns; adds the gradient of x to dx {@code [tokens, in]}, unless dx is null. */
    void backward(INDArray x, INDArray dy, Dropout dropout, Activations activations, @Nullable INDArray dx) {
        INDArray dropped = dropout.probability() > 0 ? activations.dropped() : null;
        INDArray dReduced = activations.dReduced();
        kernels.gemm(false, false, scale, dy, b.value(), 0, dReduced);
        if (b.gradient() != null) {
            kernels.gemm(true, false, scale, dy, activations.reduced(), 1, b.gradient());
        }
        if (a.gradient() != null) {
            kernels.gemm(true, false, 1, dReduced, dropped == null ? x : dropped, 1, a.gradient());
        }
        if (dx == null) {
            return;
        }
        if (dropped == null) {
            kernels.gemm(false, false, 1, dReduced, a.value(), 1, dx);
        } else {
            // The input after dropout has been read for the last time.
            kernels.gemm(false, false, 1, dReduced, a.value(), 0, dropped);
            kernels.addDropout(dropout, dropped, dx);
        }
    }
}
