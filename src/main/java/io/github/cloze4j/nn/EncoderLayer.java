package io.github.cloze4j.nn;

import io.github.cloze4j.kernel.Activation;
import io.github.cloze4j.kernel.Arena;
import io.github.cloze4j.kernel.Documents;
import io.github.cloze4j.kernel.Dropout;
import io.github.cloze4j.kernel.Kernels;
import java.util.function.Function;
import org.nd4j.linalg.api.ndarray.INDArray;

/** One post-LN encoder layer (Vaswani et al., 2017; Devlin et al., 2018). */
public final class EncoderLayer {
    private final Kernels kernels;
    private final int hidden;
    private final int intermediate;
    private final SelfAttention attention;
    private final Linear attentionOutput;
    private final LowRankUpdates attentionOutputUpdates;
    private final LayerNorm attentionNorm;
    private final FeedForward feedForward;
    private final LayerNorm outputNorm;

    /** The arrays that forward leaves for backward, of the part of the layer after the attention, which treats each row alone. */
    public record RowActivations(
            LowRankUpdates.Activations attentionOutputUpdates,
            LayerNorm.Activations attentionNorm,
            FeedForward.Activations feedForward,
            LayerNorm.Activations outputNorm) {
        /** Views of the first rows. */
        public RowActivations rows(int rows) {
            return new RowActivations(
                    attentionOutputUpdates.rows(rows),
                    attentionNorm.rows(rows),
                    feedForward.rows(rows),
                    outputNorm.rows(rows));
        }

        /** The output {@code [rows, hidden]}. */
        public INDArray y() {
            return outputNorm.y();
        }
    }

    /** The arrays that forward leaves for backward. */
    public record Activations(SelfAttention.Activations attention, RowActivations rows) {
        /** The same arrays with another output. */
        public Activations withOutput(INDArray y) {
            LayerNorm.Activations norm = rows.outputNorm;
            return new Activations(
                    attention,
                    new RowActivations(
                            rows.attentionOutputUpdates,
                            rows.attentionNorm,
                            rows.feedForward,
                            new LayerNorm.Activations(norm.normalized(), norm.inverseDeviation(), y)));
        }

        /** The layer's output {@code [tokens, hidden]}. */
        public INDArray y() {
            return rows.y();
        }
    }

    /** The arrays that forward leaves for backward if it computes only some rows of the output, and scratch for these rows. */
    public record SelectedActivations(
            SelfAttention.Activations attention,
            INDArray context, // [rows, hidden]: the selected rows of the attention's
            INDArray x, // [rows, hidden]: the selected rows of the layer's input
            RowActivations rows,
            RowScratch scratch) {
        /** Views of the first rows. */
        public SelectedActivations rows(int count) {
            return new SelectedActivations(
                    attention,
                    Arena.rows(context, 0, count),
                    Arena.rows(x, 0, count),
                    rows.rows(count),
                    scratch.rows(count));
        }

        /** The layer's output {@code [rows, hidden]}. */
        public INDArray y() {
            return rows.y();
        }
    }

    /** Scratch of the part of the layer after the attention, which treats each row alone. */
    public record RowScratch(
            INDArray hidden, // [rows, hidden]
            INDArray dResidual, // [rows, hidden]
            INDArray dIntermediate // [rows, intermediate]
            ) {
        static RowScratch plan(Arena arena, int rows, int hidden, int intermediate) {
            return new RowScratch(arena.take(rows, hidden), arena.take(rows, hidden), arena.take(rows, intermediate));
        }

        RowScratch rows(int rows) {
            return new RowScratch(
                    Arena.rows(hidden, 0, rows), Arena.rows(dResidual, 0, rows), Arena.rows(dIntermediate, 0, rows));
        }
    }

    /** Scratch that all layers of a model use, one after the other. */
    public record Scratch(
            RowScratch rows, // of all tokens
            INDArray dQkv // [tokens, 3 * hidden]
            ) {
        /** Takes memory for {@code tokens} rows. */
        public static Scratch plan(Arena arena, int tokens, int hidden, int intermediate) {
            return new Scratch(RowScratch.plan(arena, tokens, hidden, intermediate), arena.take(tokens, 3L * hidden));
        }
    }

    /**
     * The layer's three dropouts, and those of the inputs of its low-rank updates.
     *
     * @param lowRank the dropout of the update of a target
     */
    public record Dropouts(
            Dropout attentionProbabilities,
            Dropout attentionOutput,
            Dropout output,
            Function<LowRankTarget, Dropout> lowRank) {
        /** None of them. */
        public static final Dropouts NONE =
                new Dropouts(Dropout.NONE, Dropout.NONE, Dropout.NONE, target -> Dropout.NONE);
    }

    /**
     * Declares the parameters of {@code name}, such as {@code bert.encoder.layer.0}.
     *
     * @param settings the low-rank updates of the layer, which may be none
     */
    public EncoderLayer(
            ParameterLayout layout,
            Kernels kernels,
            String name,
            int hidden,
            int heads,
            int intermediate,
            Activation activation,
            double layerNormEps,
            LowRankSettings settings) {
        this.kernels = kernels;
        this.hidden = hidden;
        this.intermediate = intermediate;
        attention = new SelfAttention(layout, kernels, name, hidden, heads, settings);
        attentionOutput = new Linear(layout, kernels, name + ".attention.output.dense", hidden, hidden);
        attentionOutputUpdates =
                LowRankUpdates.declare(layout, kernels, name, hidden, hidden, settings, LowRankTarget.ATTENTION_OUTPUT);
        attentionNorm = new LayerNorm(layout, kernels, name + ".attention.output.LayerNorm", hidden, layerNormEps);
        feedForward = new FeedForward(layout, kernels, name, hidden, intermediate, activation, settings);
        outputNorm = new LayerNorm(layout, kernels, name + ".output.LayerNorm", hidden, layerNormEps);
    }

    /** Takes memory for {@code tokens} tokens in documents of at most {@code seqLen}. */
    public Activations plan(Arena arena, int tokens, int seqLen) {
        return new Activations(attention.plan(arena, tokens, seqLen), planRows(arena, tokens));
    }

    /** Takes memory for passes that compute at most {@code rows} rows of the output. */
    public SelectedActivations planSelected(Arena arena, int tokens, int seqLen, int rows) {
        return planSelected(arena, attention.plan(arena, tokens, seqLen), rows);
    }

    /** Takes memory for passes that compute some rows, with the attention of {@code shared}; no backward pass may follow. */
    public SelectedActivations planSelected(Arena arena, Activations shared, int rows) {
        return planSelected(arena, shared.attention(), rows);
    }

    private SelectedActivations planSelected(Arena arena, SelfAttention.Activations planned, int rows) {
        return new SelectedActivations(
                planned,
                arena.take(rows, hidden),
                arena.take(rows, hidden),
                planRows(arena, rows),
                RowScratch.plan(arena, rows, hidden, intermediate));
    }

    private RowActivations planRows(Arena arena, int rows) {
        return new RowActivations(
                attentionOutputUpdates.plan(arena, rows),
                attentionNorm.plan(arena, rows),
                feedForward.plan(arena, rows),
                outputNorm.plan(arena, rows));
    }

    /**
     * Takes x and scratch, {@code [tokens, hidden]}; writes {@code a.y()}. If no backward pass follows, x may be {@code a.y()}:
     * y is written last, after the last read of x. So layers can share their activations.
     */
    public void forward(INDArray x, Documents documents, Dropouts dropouts, Activations a, INDArray scratch) {
        attention.forward(x, documents, dropouts, a.attention());
        forwardRows(a.attention().context(), x, dropouts, a.rows(), scratch);
    }

    /** As {@link #forward(INDArray, Documents, Dropouts, Activations, INDArray)}, with an attention of the caller and no dropout. */
    public void forward(INDArray x, SelfAttention.Step step, Activations a, INDArray scratch) {
        attention.forward(x, step, a.attention());
        forwardRows(a.attention().context(), x, Dropouts.NONE, a.rows(), scratch);
    }

    /**
     * Takes dy {@code [tokens, hidden]}, the gradient of y, and leaves in it the gradient of x.
     *
     * @param inputTrained whether x depends on trained parameters; if not, its gradient is not completed
     */
    public void backward(
            INDArray x,
            INDArray dy,
            Documents documents,
            Dropouts dropouts,
            Activations a,
            Scratch scratch,
            boolean inputTrained) {
        INDArray dContext = scratch.rows().hidden();
        backwardRows(a.attention().context(), dy, dropouts, a.rows(), scratch.rows(), dContext);
        attention.backward(x, dContext, documents, dropouts, a.attention(), scratch.dQkv(), inputTrained ? dy : null);
    }

    /**
     * The forward pass for some rows of the output. Attention is computed for all tokens, the rest of the layer for the
     * selected rows.
     *
     * @param selected rows of x {@code [tokens, hidden]}, none twice; {@code a.y()} is in their order
     */
    public void forwardSelected(
            INDArray x, int[] selected, Documents documents, Dropouts dropouts, SelectedActivations a) {
        attention.forward(x, documents, dropouts, a.attention());
        kernels.gatherRows(a.attention().context(), selected, a.context());
        kernels.gatherRows(x, selected, a.x());
        forwardRows(a.context(), a.x(), dropouts, a.rows(), a.scratch().hidden());
    }

    /**
     * Takes dy {@code [rows, hidden]}, which it overwrites, and writes dx {@code [tokens, hidden]}.
     *
     * @param inputTrained whether x depends on trained parameters; if not, dx is not completed
     */
    public void backwardSelected(
            INDArray x,
            INDArray dy,
            int[] selected,
            Documents documents,
            Dropouts dropouts,
            SelectedActivations a,
            Scratch scratch,
            INDArray dx,
            boolean inputTrained) {
        INDArray dContextRows = a.scratch().hidden();
        backwardRows(a.context(), dy, dropouts, a.rows(), a.scratch(), dContextRows);
        INDArray dContext = scratch.rows().hidden();
        kernels.gatherRowsBackward(dContextRows, selected, dContext);
        kernels.gatherRowsBackward(dy, selected, dx);
        attention.backward(x, dContext, documents, dropouts, a.attention(), scratch.dQkv(), inputTrained ? dx : null);
    }

    private void forwardRows(INDArray context, INDArray x, Dropouts dropouts, RowActivations a, INDArray scratch) {
        attentionOutput.forward(context, scratch);
        attentionOutputUpdates.forward(context, dropouts.lowRank(), a.attentionOutputUpdates(), scratch);
        attentionNorm.forward(scratch, x, dropouts.attentionOutput(), a.attentionNorm());
        feedForward.forward(a.attentionNorm().y(), dropouts.lowRank(), a.feedForward(), scratch);
        outputNorm.forward(scratch, a.attentionNorm().y(), dropouts.output(), a.outputNorm());
    }

    /** Takes dy, the gradient of y, and leaves in it the gradient of x through the residual. dContext, written last, may be scratch. */
    private void backwardRows(
            INDArray context, INDArray dy, Dropouts dropouts, RowActivations a, RowScratch scratch, INDArray dContext) {
        INDArray dSkipped = scratch.dResidual();
        outputNorm.backward(dy, dropouts.output(), a.outputNorm(), dSkipped, dy);
        feedForward.backward(
                a.attentionNorm().y(), dy, dropouts.lowRank(), a.feedForward(), scratch.dIntermediate(), dSkipped);
        attentionNorm.backward(dSkipped, dropouts.attentionOutput(), a.attentionNorm(), dy, dSkipped);
        attentionOutput.backward(context, dSkipped, dContext);
        attentionOutputUpdates.backward(context, dSkipped, dropouts.lowRank(), a.attentionOutputUpdates(), dContext);
    }
}
