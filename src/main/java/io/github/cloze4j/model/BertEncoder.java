package io.github.cloze4j.model;

import io.github.cloze4j.kernel.Arena;
import io.github.cloze4j.kernel.Documents;
import io.github.cloze4j.kernel.Dropout;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.nn.EncoderLayer;
import io.github.cloze4j.nn.LowRankSettings;
import io.github.cloze4j.nn.LowRankTarget;
import io.github.cloze4j.nn.ParameterLayout;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The stack of encoder layers. Of the last one only those rows are computed that a head reads: its attention is of all
 * tokens, but what follows the attention is done row by row, and rows that nobody reads change neither the loss nor a
 * gradient.
 */
final class BertEncoder {
    /** Dropouts of a layer; the first site, 0, is the embeddings'. */
    private static final int SITES_OF_A_LAYER = 3;

    /** The site of the first dropout of low-rank updates: above those of all layers and heads. */
    private static final int FIRST_SITE_OF_UPDATES = 1 << 15;

    private static final List<LowRankTarget> TARGETS = List.of(LowRankTarget.values());

    private final BertConfig config;
    private final double updateDropout;
    private final List<EncoderLayer> layers = new ArrayList<>();
    /** Whether the embeddings have trained parameters. */
    private final boolean embeddingsTrained;
    /** The lowest layer that backward reaches: nothing below it is trained. */
    private final int lowestTrained;

    /**
     * What backward needs: of all layers but the last, of the last, and what they share.
     *
     * @param recompute whether layers below the last share all memory but that of their outputs, so that backward has to
     *     compute them again (Chen et al., 2016)
     */
    record Activations(
            List<EncoderLayer.Activations> below,
            boolean recompute,
            EncoderLayer.SelectedActivations last,
            EncoderLayer.Scratch scratch) {
        /** Views for that many rows of the output. */
        Activations rows(int count) {
            return new Activations(below, recompute, last.rows(count), scratch);
        }
    }

    /** The memory of forward passes that no backward pass follows: that of one layer, whatever the depth. */
    record InferenceActivations(
            EncoderLayer.Activations layer,
            EncoderLayer.@Nullable SelectedActivations last, // of selected rows; null if all rows are computed
            INDArray scratch // [tokens, hidden]
            ) {}

    /**
     * Declares the encoder.
     *
     * @param layout a layout with the parameters of the embeddings, and no others
     * @param lora the low-rank updates of each layer; null for none
     */
    BertEncoder(ParameterLayout layout, Kernels kernels, BertConfig config, @Nullable LoraConfig lora) {
        this.config = config;
        updateDropout = lora == null ? 0 : lora.dropout();
        LowRankSettings settings = lora == null ? LowRankSettings.NONE : lora.settings();
        embeddingsTrained = layout.hasTrained();
        int lowest = 0;
        for (int i = 0; i < config.numHiddenLayers(); i++) {
            layers.add(new EncoderLayer(
                    layout,
                    kernels,
                    "bert.encoder.layer." + i,
                    config.hiddenSize(),
                    config.numAttentionHeads(),
                    config.intermediateSize(),
                    config.hiddenAct(),
                    config.layerNormEps(),
                    settings));
            if (!layout.hasTrained()) {
                lowest = i + 1;
            }
        }
        lowestTrained = lowest;
    }

    /** @param rows the most of the output */
    Activations plan(Arena arena, int tokens, int seqLen, int rows, boolean recompute) {
        List<EncoderLayer.Activations> below = new ArrayList<>();
        for (EncoderLayer layer : layers.subList(0, layers.size() - 1)) {
            below.add(
                    recompute && !below.isEmpty()
                            ? below.get(0).withOutput(arena.take(tokens, config.hiddenSize()))
                            : layer.plan(arena, tokens, seqLen));
        }
        return new Activations(
                below,
                recompute,
                last().planSelected(arena, tokens, seqLen, rows),
                EncoderLayer.Scratch.plan(arena, tokens, config.hiddenSize(), config.intermediateSize()));
    }

    /**
     * @param longest the most tokens of a document
     * @param rows rows of the output that are computed; 0 for all
     */
    InferenceActivations planInference(Arena arena, int tokens, int longest, int rows) {
        EncoderLayer.Activations layer = last().plan(arena, tokens, longest);
        return new InferenceActivations(
                layer,
                rows == 0 ? null : last().planSelected(arena, layer, rows),
                arena.take(tokens, config.hiddenSize()));
    }

    /**
     * Takes x {@code [tokens, hidden]}; returns the selected rows of the last layer's output, {@code [rows, hidden]}.
     *
     * @param outputRows none twice
     */
    INDArray forward(INDArray x, int[] outputRows, Documents documents, DropoutSites dropouts, Activations a) {
        INDArray y = forwardBelow(
                x, documents, dropouts, a.below(), a.scratch().rows().hidden());
        last().forwardSelected(y, outputRows, documents, lastDropouts(dropouts), a.last());
        return a.last().y();
    }

    /** Selected rows of the output {@code [rows, hidden]}, without dropout, and with nothing kept for backward. */
    INDArray infer(INDArray x, int[] outputRows, Documents documents, InferenceActivations a) {
        return infer(x, outputRows, documents, a, (layer, qkv) -> {});
    }

    /** Takes the queries, keys and values {@code [tokens, 3 * hidden]} of a layer, which the next layer overwrites. */
    interface LayerReader {
        void read(int layer, INDArray qkv);
    }

    /** The same; hands out the queries, keys and values of each layer. */
    INDArray infer(INDArray x, int[] outputRows, Documents documents, InferenceActivations a, LayerReader reader) {
        INDArray y = x;
        int last = layers.size() - 1;
        for (int i = 0; i < last; i++) {
            layers.get(i).forward(y, documents, EncoderLayer.Dropouts.NONE, a.layer(), a.scratch());
            reader.read(i, a.layer().attention().qkv());
            y = a.layer().y();
        }
        EncoderLayer.SelectedActivations selected = Objects.requireNonNull(a.last(), "planned for selected rows");
        last().forwardSelected(y, outputRows, documents, EncoderLayer.Dropouts.NONE, selected);
        reader.read(last, selected.attention().qkv());
        return selected.y();
    }

    /** Computes the attention of a layer, from queries, keys and values {@code [tokens, 3 * hidden]}. */
    interface LayerAttention {
        void attend(int layer, INDArray qkv, INDArray context);
    }

    /** All rows of the output {@code [tokens, hidden]}, without dropout, with an attention of the caller. */
    INDArray infer(INDArray x, LayerAttention attention, InferenceActivations a) {
        INDArray y = x;
        for (int i = 0; i < layers.size(); i++) {
            int layer = i;
            layers.get(i).forward(y, (qkv, context) -> attention.attend(layer, qkv, context), a.layer(), a.scratch());
            y = a.layer().y();
        }
        return y;
    }

    /** All rows of the output {@code [tokens, hidden]}, without dropout, and with nothing kept for backward. */
    INDArray infer(INDArray x, Documents documents, InferenceActivations a) {
        List<EncoderLayer.Activations> shared = Collections.nCopies(layers.size() - 1, a.layer());
        INDArray y = forwardBelow(x, documents, DropoutSites.NONE, shared, a.scratch());
        last().forward(y, documents, EncoderLayer.Dropouts.NONE, a.layer(), a.scratch());
        return a.layer().y();
    }

    private INDArray forwardBelow(
            INDArray x,
            Documents documents,
            DropoutSites dropouts,
            List<EncoderLayer.Activations> activations,
            INDArray scratch) {
        INDArray y = x;
        for (int i = 0; i < activations.size(); i++) {
            layers.get(i).forward(y, documents, dropouts(dropouts, i), activations.get(i), scratch);
            y = activations.get(i).y();
        }
        return y;
    }

    /**
     * Takes dy {@code [rows, hidden]}, the gradient of the output, which it overwrites, and writes dx {@code [tokens, hidden]}.
     * Stops at the lowest layer that has trained parameters if the embeddings have none: dx then means nothing.
     */
    void backward(
            INDArray x,
            INDArray dy,
            int[] outputRows,
            Documents documents,
            DropoutSites dropouts,
            Activations a,
            INDArray dx) {
        if (lowestTrained == layers.size()) {
            return;
        }
        List<EncoderLayer.Activations> below = a.below();
        INDArray lastInput = below.isEmpty() ? x : below.get(below.size() - 1).y();
        last().backwardSelected(
                        lastInput,
                        dy,
                        outputRows,
                        documents,
                        lastDropouts(dropouts),
                        a.last(),
                        a.scratch(),
                        dx,
                        inputTrained(below.size()));
        for (int i = below.size() - 1; i >= lowestTrained; i--) {
            INDArray input = i == 0 ? x : below.get(i - 1).y();
            if (a.recompute() && i < below.size() - 1) {
                // A layer above has used the memory since. The same numbers come again, dropout's too.
                INDArray scratch = a.scratch().rows().hidden();
                layers.get(i).forward(input, documents, dropouts(dropouts, i), below.get(i), scratch);
            }
            layers.get(i)
                    .backward(input, dx, documents, dropouts(dropouts, i), below.get(i), a.scratch(), inputTrained(i));
        }
    }

    /** Whether the input of a layer depends on trained parameters. */
    private boolean inputTrained(int layer) {
        return embeddingsTrained || layer > lowestTrained;
    }

    /** Sites of dropout in the embeddings and the encoder; those of heads come after them. */
    int dropoutSites() {
        return 1 + layers.size() * SITES_OF_A_LAYER;
    }

    private EncoderLayer last() {
        return layers.get(layers.size() - 1);
    }

    private EncoderLayer.Dropouts lastDropouts(DropoutSites sites) {
        return dropouts(sites, layers.size() - 1);
    }

    private EncoderLayer.Dropouts dropouts(DropoutSites sites, int layer) {
        int first = 1 + layer * SITES_OF_A_LAYER;
        Dropout probabilities = sites.at(first, config.attentionProbsDropoutProb());
        Dropout attentionOutput = sites.at(first + 1, config.hiddenDropoutProb());
        Dropout output = sites.at(first + 2, config.hiddenDropoutProb());
        int firstOfUpdates = FIRST_SITE_OF_UPDATES + layer * TARGETS.size();
        return new EncoderLayer.Dropouts(
                probabilities,
                attentionOutput,
                output,
                target -> sites.at(firstOfUpdates + TARGETS.indexOf(target), updateDropout));
    }
}
