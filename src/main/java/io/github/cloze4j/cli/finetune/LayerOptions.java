package io.github.cloze4j.cli.finetune;

import io.github.cloze4j.model.BertConfig;
import io.github.cloze4j.model.FrozenLayers;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which layers learn, how fast, and from which weights on. */
final class LayerOptions {
    @Option(
            names = "--layer-lr-decay",
            paramLabel = "X",
            description =
                    "Learning rate of each layer as a multiple of that of the layer above, such as 0.9: the head has"
                            + " --lr, the embeddings the least (default: ${DEFAULT-VALUE}).")
    private double decay;

    @Option(
            names = "--freeze",
            paramLabel = "LIST",
            description = "Leave parts as they are: embeddings, layers counted from 0 and ranges of them, such as"
                    + " embeddings,0-5 (default: none).")
    private @Nullable String freeze;

    @Option(
            names = "--reinit-layers",
            paramLabel = "N",
            defaultValue = "0",
            description =
                    "Set the top N layers and the pooler to random weights before training (default: ${DEFAULT-VALUE}).")
    private int reinitialized;

    double decay() {
        return decay;
    }

    /** @throws IllegalArgumentException if the list is malformed */
    FrozenLayers frozen() {
        return freeze == null ? FrozenLayers.NONE : FrozenLayers.parse(freeze);
    }

    int reinitialized() {
        return reinitialized;
    }

    /** @throws IllegalArgumentException if the options do not fit to a model, or to each other */
    void requireFit(BertConfig model) {
        int layers = model.numHiddenLayers();
        if (reinitialized < 0 || reinitialized > layers) {
            throw new IllegalArgumentException("Expected --reinit-layers from 0 to " + layers
                    + ", the layers of the model. Received: " + reinitialized);
        }
        FrozenLayers frozen = frozen();
        frozen.requireLayersOf(model);
        for (int layer = layers - reinitialized; layer < layers; layer++) {
            if (frozen.layers().contains(layer)) {
                throw new IllegalArgumentException("Expected layers that are trained for --reinit-layers. Received: "
                        + reinitialized + " with --freeze " + freeze + ", which would leave layer " + layer
                        + " at random weights. Leave it out of one of the two");
            }
        }
    }
}
