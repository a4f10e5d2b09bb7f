package io.github.cloze4j.cli;

import io.github.cloze4j.model.BertConfig;
import io.github.cloze4j.pretrain.Preset;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The shape of a new model: a preset, and what differs from it; and the dropout of any. */
public final class ModelOptions {
    @Option(
            names = "--preset",
            paramLabel = "NAME",
            description =
                    "Layers and hidden size: tiny (2, 128), mini (4, 256), small (4, 512), medium (8, 512), base (12, 768)"
                            + " (default: ${DEFAULT-VALUE}).")
    private Preset preset = Preset.TINY;

    @Option(names = "--layers", paramLabel = "N", description = "Encoder layers (default: the preset's).")
    private @Nullable Integer layers;

    @Option(names = "--hidden", paramLabel = "N", description = "Hidden size (default: the preset's).")
    private @Nullable Integer hidden;

    @Option(names = "--heads", paramLabel = "N", description = "Attention heads (default: the preset's).")
    private @Nullable Integer heads;

    @Option(
            names = "--intermediate",
            paramLabel = "N",
            description = "Width of the feed-forward layer (default: 4 times the hidden size).")
    private @Nullable Integer intermediate;

    @Option(
            names = "--dropout",
            paramLabel = "X",
            description = "Dropout of hidden states and attention probabilities (default: ${DEFAULT-VALUE}; of a model"
                    + " that exists, its own).")
    private @Nullable Double dropout;

    /**
     * A new model.
     *
     * @throws IllegalArgumentException if the numbers make no model
     */
    public BertConfig config(int vocabularySize) {
        BertConfig.Builder config = preset.builder(vocabularySize);
        if (layers != null) {
            config.numHiddenLayers(layers);
        }
        if (hidden != null) {
            config.hiddenSize(hidden);
        }
        if (heads != null) {
            config.numAttentionHeads(heads);
        }
        if (intermediate != null) {
            config.intermediateSize(intermediate);
        }
        return config(config.build());
    }

    /**
     * A model that exists, with what training may change in it.
     *
     * @throws IllegalArgumentException if the dropout is out of its range
     */
    public BertConfig config(BertConfig model) {
        return dropout == null ? model : model.toBuilder().dropout(dropout).build();
    }
}
