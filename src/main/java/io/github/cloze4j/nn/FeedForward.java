package io.github.cloze4j.nn;

import io.github.cloze4j.kernel.Activation;
import io.github.cloze4j.kernel.Arena;
import io.github.cloze4j.kernel.Dropout;
import io.github.cloze4j.kernel.Kernels;
import java.util.function.Function;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Two linear layers with an activation function between them. */
public final class FeedForward {
    private final Kernels kernels;
    private final Linear up;
    private final Linear down;
    private final LowRankUpdates upUpdates;
    private final LowRankUpdates downUpdates;
    private final Activation activation;
    private final int intermediate;

    /** The arrays that forward leaves for backward. */
    public record Activations(
            INDArray derivative, // [tokens, intermediate] of the activation
            INDArray activated, // [tokens, intermediate]
            LowRankUpdates.Activations upUpdates,
            LowRankUpdates.Activations downUpdates) {
        /** Views of the first rows. */
        public Activations rows(int rows) {
            return new Activations(
                    Arena.rows(derivative, 0, rows),
                    Arena.rows(activated, 0, rows),
                    upUpdates.rows(rows),
                    downUpdates.rows(rows));
        }
    }

    /**
     * Declares the layers {@code intermediate.dense} {@code [intermediate, hidden]} and {@code output.dense} {@code [hidden,
     * intermediate]} of an encoder layer.
     *
     * @param layerName the name of the encoder layer
     */
    public FeedForward(
            ParameterLayout layout,
            Kernels kernels,
            String layerName,
            int hidden,
            int intermediate,
            Activation activation,
            LowRankSettings settings) {
        this.kernels = kernels;
        String upName = layerName + "." + LowRankTarget.INTERMEDIATE.module();
        this.up = new Linear(layout, kernels, upName, hidden, intermediate);
        this.down = new Linear(layout, kernels, layerName + "." + LowRankTarget.OUTPUT.module(), intermediate, hidden);
        upUpdates = LowRankUpdates.declare(
                layout, kernels, layerName, hidden, intermediate, settings, LowRankTarget.INTERMEDIATE);
        downUpdates = LowRankUpdates.declare(
                layout, kernels, layerName, intermediate, hidden, settings, LowRankTarget.OUTPUT);
        this.activation = activation;
        this.intermediate = intermediate;
    }

    /** Takes memory for {@code tokens} rows. */
    public Activations plan(Arena arena, int tokens) {
        return new Activations(
                arena.take(tokens, intermediate),
                arena.take(tokens, intermediate),
                upUpdates.plan(arena, tokens),
                downUpdates.plan(arena, tokens));
    }

    /** Takes x {@code [tokens, hidden]}; writes y {@code [tokens, hidden]}. */
    public void forward(INDArray x, Function<LowRankTarget, Dropout> updateDropouts, Activations a, INDArray y) {
        if (upUpdates.isEmpty()) {
            up.forward(x, activation, a.derivative(), a.activated());
        } else {
            up.multiply(x, a.derivative());
            upUpdates.forward(x, updateDropouts, a.upUpdates(), a.derivative());
            up.activate(activation, a.derivative(), a.activated());
        }
        down.forward(a.activated(), y);
        downUpdates.forward(a.activated(), updateDropouts, a.downUpdates(), y);
    }

    /**
     * Takes dy {@code [tokens, hidden]}; dIntermediate {@code [tokens, intermediate]} is scratch. The gradient of x is added to
     * dx {@code [tokens, hidden]}.
     */
    public void backward(
            INDArray x,
            INDArray dy,
            Function<LowRankTarget, Dropout> updateDropouts,
            Activations a,
            INDArray dIntermediate,
            INDArray dx) {
        if (downUpdates.isEmpty()) {
            down.backward(a.activated(), dy, a.derivative(), dIntermediate);
        } else {
            down.backward(a.activated(), dy, dIntermediate);
            downUpdates.backward(a.activated(), dy, updateDropouts, a.downUpdates(), dIntermediate);
            kernels.multiply(a.derivative(), dIntermediate);
        }
        up.backwardAdding(x, dIntermediate, dx);
        upUpdates.backward(x, dIntermediate, updateDropouts, a.upUpdates(), dx);
    }
}
