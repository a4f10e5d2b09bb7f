package io.github.cloze4j.model;

import io.github.cloze4j.kernel.Arena;
import io.github.cloze4j.kernel.Dropout;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.nn.EncoderLayer;
import io.github.cloze4j.nn.ParameterLayout;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The stack of encoder layers. */
final class BertEncoder {
    /** Dropouts of a layer; the first site, 0, is the embeddings'. */
    private static final int SITES_OF_A_LAYER = 3;

    private final BertConfig config;
    private final List<EncoderLayer> layers = new ArrayList<>();

    /** What backward needs, a layer each, and what the layers share. */
    record Activations(List<EncoderLayer.Activations> layers, EncoderLayer.Scratch scratch) {}

    /** What forward needs where no backward follows: the memory of one layer, whatever the depth. */
    record InferenceActivations(EncoderLayer.Activations layer, INDArray scratch // [tokens, hidden]
            ) {}

    BertEncoder(ParameterLayout layout, Kernels kernels, BertConfig config) {
        this.config = config;
        for (int i = 0; i < config.numHiddenLayers(); i++) {
            layers.add(new EncoderLayer(
                    layout,
                    kernels,
                    "bert.encoder.layer." + i,
                    config.hiddenSize(),
                    config.numAttentionHeads(),
                    config.intermediateSize(),
                    config.hiddenAct(),
                    config.layerNormEps()));
        }
    }

    Activations plan(Arena arena, int tokens, int seqLen) {
        return new Activations(
                layers.stream().map(layer -> layer.plan(arena, tokens, seqLen)).toList(),
                EncoderLayer.Scratch.plan(arena, tokens, config.hiddenSize(), config.intermediateSize()));
    }

    /** @param longest the most tokens of a document */
    InferenceActivations planInference(Arena arena, int tokens, int longest) {
        return new InferenceActivations(
                layers.get(0).plan(arena, tokens, longest), arena.take(tokens, config.hiddenSize()));
    }

    /** x {@code [tokens, hidden]}; returns the last layer's output, of the same shape. */
    INDArray forward(INDArray x, int[] documentOffsets, DropoutSites dropouts, Activations a) {
        return forward(x, documentOffsets, dropouts, a.layers(), a.scratch().hidden());
    }

    /** The same without dropout, and with nothing kept for backward. */
    INDArray infer(INDArray x, int[] documentOffsets, InferenceActivations a) {
        return forward(
                x, documentOffsets, DropoutSites.NONE, Collections.nCopies(layers.size(), a.layer()), a.scratch());
    }

    private INDArray forward(
            INDArray x,
            int[] documentOffsets,
            DropoutSites dropouts,
            List<EncoderLayer.Activations> activations,
            INDArray scratch) {
        INDArray y = x;
        for (int i = 0; i < layers.size(); i++) {
            layers.get(i).forward(y, documentOffsets, dropouts(dropouts, i), activations.get(i), scratch);
            y = activations.get(i).y();
        }
        return y;
    }

    /** dy {@code [tokens, hidden]} comes in as the gradient of the output and goes out as the gradient of x. */
    void backward(INDArray x, INDArray dy, int[] documentOffsets, DropoutSites dropouts, Activations a) {
        for (int i = layers.size() - 1; i >= 0; i--) {
            INDArray input = i == 0 ? x : a.layers().get(i - 1).y();
            layers.get(i)
                    .backward(
                            input,
                            dy,
                            documentOffsets,
                            dropouts(dropouts, i),
                            a.layers().get(i),
                            a.scratch());
        }
    }

    private EncoderLayer.Dropouts dropouts(DropoutSites sites, int layer) {
        int first = 1 + layer * SITES_OF_A_LAYER;
        Dropout probabilities = sites.at(first, config.attentionProbsDropoutProb());
        Dropout attentionOutput = sites.at(first + 1, config.hiddenDropoutProb());
        Dropout output = sites.at(first + 2, config.hiddenDropoutProb());
        return new EncoderLayer.Dropouts(probabilities, attentionOutput, output);
    }
}
