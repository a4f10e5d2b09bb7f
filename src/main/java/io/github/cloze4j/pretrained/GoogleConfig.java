package io.github.cloze4j.pretrained;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.cloze4j.CheckpointFormatException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** {@code bert_config.json} of Google's code; fields that it does not name have null. */
@JsonIgnoreProperties(ignoreUnknown = true)
record GoogleConfig(
        @JsonProperty("vocab_size") @Nullable Integer vocabSize,
        @JsonProperty("hidden_size") @Nullable Integer hiddenSize,
        @JsonProperty("num_hidden_layers") @Nullable Integer numHiddenLayers,
        @JsonProperty("num_attention_heads") @Nullable Integer numAttentionHeads,
        @JsonProperty("intermediate_size") @Nullable Integer intermediateSize,
        @JsonProperty("hidden_act") @Nullable String hiddenAct,
        @JsonProperty("hidden_dropout_prob") @Nullable Double hiddenDropoutProb,

        @JsonProperty("attention_probs_dropout_prob") @Nullable
        Double attentionProbsDropoutProb,

        @JsonProperty("max_position_embeddings") @Nullable Integer maxPositionEmbeddings,
        @JsonProperty("type_vocab_size") @Nullable Integer typeVocabSize,
        @JsonProperty("initializer_range") @Nullable Double initializerRange) {

    /** What a checkpoint without the file says: nothing. */
    static final GoogleConfig ABSENT =
            new GoogleConfig(null, null, null, null, null, null, null, null, null, null, null);

    /** Hundreds of times what a configuration has; a foreign file must not fill the memory. */
    private static final long MAXIMUM_BYTES = 1 << 20;

    private static final JsonMapper JSON = JsonMapper.builder()
            .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
            .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
            .build();

    /** @throws CheckpointFormatException if the file is damaged */
    static GoogleConfig read(Path path) {
        JsonNode fields = JsonObjects.read(path, MAXIMUM_BYTES);
        try {
            return JSON.treeToValue(fields, GoogleConfig.class);
        } catch (JsonProcessingException e) {
            String received = e.getOriginalMessage();
            throw new CheckpointFormatException(
                    path + ": Expected a JSON object with the fields of Google's BertConfig. Received: "
                            + String.valueOf(received).replaceAll("\\s+", " ") + ". Restore the file from a copy",
                    e);
        }
    }
}
