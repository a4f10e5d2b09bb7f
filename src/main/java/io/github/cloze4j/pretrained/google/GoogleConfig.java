package io.github.cloze4j.pretrained.google;

import io.github.cloze4j.CheckpointFormatException;
import io.github.cloze4j.files.JsonFile;
import io.github.cloze4j.pretrained.ModelFile;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** {@code bert_config.json} of Google's code; fields that the file does not name are null. */
record GoogleConfig(
        @Nullable Integer vocabSize,
        @Nullable Integer hiddenSize,
        @Nullable Integer numHiddenLayers,
        @Nullable Integer numAttentionHeads,
        @Nullable Integer intermediateSize,
        @Nullable String hiddenAct,
        @Nullable Double hiddenDropoutProb,
        @Nullable Double attentionProbsDropoutProb,
        @Nullable Integer maxPositionEmbeddings,
        @Nullable Integer typeVocabSize,
        @Nullable Double initializerRange) {

    /** The configuration of a checkpoint without the file. */
    static final GoogleConfig ABSENT =
            new GoogleConfig(null, null, null, null, null, null, null, null, null, null, null);

    /** Hundreds of times what a configuration has; a foreign file must not fill the memory. */
    private static final int MAXIMUM_BYTES = 1 << 20;

    /** @throws CheckpointFormatException if the file is damaged */
    static GoogleConfig read(Path path) {
        JsonFile file = JsonFile.read(path, MAXIMUM_BYTES, ModelFile.DAMAGE);
        return new GoogleConfig(
                file.integer("vocab_size"),
                file.integer("hidden_size"),
                file.integer("num_hidden_layers"),
                file.integer("num_attention_heads"),
                file.integer("intermediate_size"),
                file.text("hidden_act"),
                file.number("hidden_dropout_prob"),
                file.number("attention_probs_dropout_prob"),
                file.integer("max_position_embeddings"),
                file.integer("type_vocab_size"),
                file.number("initializer_range"));
    }
}
