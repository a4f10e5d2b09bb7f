package io.github.cloze4j.nn;

import io.github.cloze4j.kernel.Activation;
import io.github.cloze4j.kernel.Arena;
import io.github.cloze4j.kernel.Kernels;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Two linear layers with an activation function between them. */
public final class FeedForward {
    private final Linear up;
    private final Linear down;
    private final Activation activation;
    private final int intermediate;

    /** The arrays that forward leaves for backward. */
    public record Activations(
            INDArray derivative, // [tokens, intermediate] of the activation
            INDArray activated // [tokens, intermediate]
            ) {
        /** Views of the first rows. */
        public Activations rows(int rows) {
            return new Activations(Arena.rows(derivative, 0, rows), Arena.rows(activated, 0, rows));
        }
    }

    /** Declares {@code upName} {@code [intermediate, hidden]} and {@code downName} {@code [hidden, intermediate]}. */
    public FeedForward(
            ParameterLayout layout,
            Kernels kernels,
            String upName,
            String downName,
            int hidden,
            int intermediate,
            Activation activation) {
        this.up = new Linear(layout, kernels, upName, hidden, intermediate);
        this.down = new Linear(layout, kernels, downName, intermediate, hidden);
        this.activation = activation;
        this.intermediate = intermediate;
    }

    /** Takes memory for {@code tokens} rows. */
    public Activations plan(Arena arena, int tokens) {
        return new Activations(arena.take(tokens, intermediate), arena.take(tokens, intermediate));
    }

    /** Takes x {@code [tokens, hidden]}; writes y {@code [tokens, hidden]}. */
    public void forward(INDArray x, Activations a, INDArray y) {
        up.forward(x, activation, a.derivative(), a.activated());
        down.forward(a.activated(), y);
    }

    /**
     * Takes dy {@code [tokens, hidden]}; dIntermediate {@code [tokens, intermediate]} is scratch. The gradient of x is added to
     * dx {@code [tokens, hidden]}.
     */
    public void backward(INDArray x, INDArray dy, Activations a, INDArray dIntermediate, INDArray dx) {
        down.backward(a.activated(), dy, a.derivative(), dIntermediate);
        up.backwardAdding(x, dIntermediate, dx);
    }
}
