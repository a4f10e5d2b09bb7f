package io.github.cloze4j.nn;

import io.github.cloze4j.kernel.Activation;
import io.github.cloze4j.kernel.Arena;
import io.github.cloze4j.kernel.Dropout;
import io.github.cloze4j.kernel.Kernels;
import org.nd4j.linalg.api.ndarray.INDArray;

/** One post-LN encoder layer (Vaswani et al., 2017; Devlin et al., 2018). */
public final class EncoderLayer {
    private final SelfAttention attention;
    private final Linear attentionOutput;
    private final LayerNorm attentionNorm;
    private final FeedForward feedForward;
    private final LayerNorm outputNorm;

    /** What backward needs. */
    public record Activations(
            SelfAttention.Activations attention,
            LayerNorm.Activations attentionNorm,
            FeedForward.Activations feedForward,
            LayerNorm.Activations outputNorm) {

        /** The layer's output {@code [tokens, hidden]}. */
        public INDArray y() {
            return outputNorm.y();
        }
    }

    /** What all layers of a model share, one after the other. */
    public record Scratch(
            INDArray hidden, // [tokens, hidden]
            INDArray dResidual, // [tokens, hidden]
            INDArray dQkv, // [tokens, 3 * hidden]
            INDArray dIntermediate // [tokens, intermediate]
            ) {
        /** Views for {@code tokens} rows. */
        public static Scratch plan(Arena arena, int tokens, int hidden, int intermediate) {
            return new Scratch(
                    arena.take(tokens, hidden),
                    arena.take(tokens, hidden),
                    arena.take(tokens, 3L * hidden),
                    arena.take(tokens, intermediate));
        }
    }

    /** The layer's three dropouts. */
    public record Dropouts(Dropout attentionProbabilities, Dropout attentionOutput, Dropout output) {
        /** None of them. */
        public static final Dropouts NONE = new Dropouts(Dropout.NONE, Dropout.NONE, Dropout.NONE);
    }

    /** Declares the parameters of {@code name}, such as {@code bert.encoder.layer.0}. */
    public EncoderLayer(
            ParameterLayout layout,
            Kernels kernels,
            String name,
            int hidden,
            int heads,
            int intermediate,
            Activation activation,
            double layerNormEps) {
        attention = new SelfAttention(layout, kernels, name + ".attention.self", hidden, heads);
        attentionOutput = new Linear(layout, kernels, name + ".attention.output.dense", hidden, hidden);
        attentionNorm = new LayerNorm(layout, kernels, name + ".attention.output.LayerNorm", hidden, layerNormEps);
        feedForward = new FeedForward(
                layout,
                kernels,
                name + ".intermediate.dense",
                name + ".output.dense",
                hidden,
                intermediate,
                activation);
        outputNorm = new LayerNorm(layout, kernels, name + ".output.LayerNorm", hidden, layerNormEps);
    }

    /** Views for {@code tokens} tokens in documents of at most {@code seqLen}. */
    public Activations plan(Arena arena, int tokens, int seqLen) {
        return new Activations(
                attention.plan(arena, tokens, seqLen),
                attentionNorm.plan(arena, tokens),
                feedForward.plan(arena, tokens),
                outputNorm.plan(arena, tokens));
    }

    /**
     * x, scratch {@code [tokens, hidden]}; writes {@code a.y()}. Where no backward pass follows, x may be {@code a.y()}, so
     * that layers share their activations: y is written last, when x is no longer read.
     */
    public void forward(INDArray x, int[] documentOffsets, Dropouts dropouts, Activations a, INDArray scratch) {
        attention.forward(x, documentOffsets, dropouts.attentionProbabilities(), a.attention());
        attentionOutput.forward(a.attention().context(), scratch);
        attentionNorm.forward(scratch, x, dropouts.attentionOutput(), a.attentionNorm());
        feedForward.forward(a.attentionNorm().y(), a.feedForward(), scratch);
        outputNorm.forward(scratch, a.attentionNorm().y(), dropouts.output(), a.outputNorm());
    }

    /** dy {@code [tokens, hidden]} comes in as the gradient of y and goes out as the gradient of x. */
    public void backward(
            INDArray x, INDArray dy, int[] documentOffsets, Dropouts dropouts, Activations a, Scratch scratch) {
        INDArray dSkipped = scratch.dResidual();
        outputNorm.backward(dy, dropouts.output(), a.outputNorm(), dSkipped, dy);
        feedForward.backward(a.attentionNorm().y(), dy, a.feedForward(), scratch.dIntermediate(), dSkipped);
        attentionNorm.backward(dSkipped, dropouts.attentionOutput(), a.attentionNorm(), dy, dSkipped);
        attentionOutput.backward(a.attention().context(), dSkipped, scratch.hidden());
        attention.backward(
                x,
                scratch.hidden(),
                documentOffsets,
                dropouts.attentionProbabilities(),
                a.attention(),
                scratch.dQkv(),
                dy);
    }
}
