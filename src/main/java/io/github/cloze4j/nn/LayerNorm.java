package io.github.cloze4j.nn;

import io.github.cloze4j.kernel.Arena;
import io.github.cloze4j.kernel.Dropout;
import io.github.cloze4j.kernel.Kernels;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/** {@code y = LayerNorm(residual + dropout(x))}: the end of each half of a post-LN encoder layer. */
public final class LayerNorm {
    private final Kernels kernels;
    private final Parameter gamma; // [hidden]
    private final Parameter beta; // [hidden]
    private final double epsilon;
    private final int hidden;

    /** The arrays that forward leaves for backward. */
    public record Activations(
            INDArray normalized, // [tokens, hidden]
            INDArray inverseDeviation, // [tokens]
            INDArray y // [tokens, hidden]
            ) {
        /** Views of the first rows. */
        public Activations rows(int rows) {
            return new Activations(Arena.rows(normalized, 0, rows), inverseDeviation, Arena.rows(y, 0, rows));
        }
    }

    /** Declares {@code name.weight} and {@code name.bias}. */
    public LayerNorm(ParameterLayout layout, Kernels kernels, String name, int hidden, double epsilon) {
        this.kernels = kernels;
        this.gamma = layout.undecayed(name + ".weight", Initial.ONES, hidden);
        this.beta = layout.undecayed(name + ".bias", Initial.ZEROS, hidden);
        this.epsilon = epsilon;
        this.hidden = hidden;
    }

    /** Takes memory for {@code tokens} rows. */
    public Activations plan(Arena arena, int tokens) {
        return new Activations(arena.take(tokens, hidden), arena.take(tokens), arena.take(tokens, hidden));
    }

    /** Takes x and the residual, {@code [tokens, hidden]}; writes {@code a.y}. */
    public void forward(INDArray x, @Nullable INDArray residual, Dropout dropout, Activations a) {
        kernels.residualLayerNorm(
                x,
                residual,
                dropout,
                gamma.value(),
                beta.value(),
                epsilon,
                a.normalized(),
                a.inverseDeviation(),
                a.y());
    }

    /** Takes dy; writes dResidual and dx {@code [tokens, hidden]}, two different arrays. dx may be dy. */
    public void backward(INDArray dy, Dropout dropout, Activations a, @Nullable INDArray dResidual, INDArray dx) {
        kernels.residualLayerNormBackward(
                dy,
                gamma.value(),
                a.normalized(),
                a.inverseDeviation(),
                dropout,
                dResidual,
                dx,
                gamma.gradient(),
                beta.gradient());
    }
}
