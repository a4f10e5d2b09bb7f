package io.github.cloze4j.pretrained.google;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.cloze4j.CheckpointFormatException;
import io.github.cloze4j.files.JsonObjects;
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
        JsonNode fields = JsonObjects.read(path, MAXIMUM_BYTES);
        return new GoogleConfig(
                JsonObjects.integer(path, fields, "vocab_size"),
                JsonObjects.integer(path, fields, "hidden_size"),
                JsonObjects.integer(path, fields, "num_hidden_layers"),
                JsonObjects.integer(path, fields, "num_attention_heads"),
                JsonObjects.integer(path, fields, "intermediate_size"),
                JsonObjects.text(path, fields, "hidden_act"),
                JsonObjects.number(path, fields, "hidden_dropout_prob"),
                JsonObjects.number(path, fields, "attention_probs_dropout_prob"),
                JsonObjects.integer(path, fields, "max_position_embeddings"),
                JsonObjects.integer(path, fields, "type_vocab_size"),
                JsonObjects.number(path, fields, "initializer_range"));
    }
}
