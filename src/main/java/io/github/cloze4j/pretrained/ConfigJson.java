package io.github.cloze4j.pretrained;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.cloze4j.CheckpointFormatException;
import io.github.cloze4j.kernel.Activation;
import io.github.cloze4j.model.BertConfig;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code config.json} as Hugging Face's {@code BertConfig} writes and reads it. */
final class ConfigJson {
    /** Hundreds of times what a configuration has; a foreign file must not fill the memory. */
    private static final long MAXIMUM_BYTES = 1 << 20;

    private static final String ARCHITECTURES = "architectures";
    private static final String MASKED_LM = "BertForMaskedLM";
    /** With the pooler and the next-sentence head. */
    private static final String PRETRAINING = "BertForPreTraining";

    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(SerializationFeature.INDENT_OUTPUT)
            .build();

    /** Fields that change the arithmetic, with the values that this model computes; absent fields have them too. */
    private static final Map<String, JsonNode> FIXED = fixed();

    private final Path path;
    private final JsonNode fields;

    private ConfigJson(Path path, JsonNode fields) {
        this.path = path;
        this.fields = fields;
    }

    private static Map<String, JsonNode> fixed() {
        ObjectNode fixed = JSON.createObjectNode()
                .put("model_type", "bert")
                .put("position_embedding_type", "absolute")
                .put("is_decoder", false)
                .put("add_cross_attention", false)
                .put("tie_word_embeddings", true);
        Map<String, JsonNode> map = new LinkedHashMap<>();
        fixed.properties().forEach(field -> map.put(field.getKey(), field.getValue()));
        return map;
    }

    /** The text of the file; {@code padId} is the id of the padding token. */
    static String write(BertConfig config, boolean nextSentenceHead, int padId) {
        ObjectNode fields = JSON.createObjectNode();
        fields.putArray(ARCHITECTURES).add(nextSentenceHead ? PRETRAINING : MASKED_LM);
        fields.setAll(FIXED);
        fields.put("vocab_size", config.vocabSize())
                .put("hidden_size", config.hiddenSize())
                .put("num_hidden_layers", config.numHiddenLayers())
                .put("num_attention_heads", config.numAttentionHeads())
                .put("intermediate_size", config.intermediateSize())
                .put("hidden_act", config.hiddenAct().configName())
                .put("hidden_dropout_prob", config.hiddenDropoutProb())
                .put("attention_probs_dropout_prob", config.attentionProbsDropoutProb())
                .put("max_position_embeddings", config.maxPositionEmbeddings())
                .put("type_vocab_size", config.typeVocabSize())
                .put("initializer_range", config.initializerRange())
                .put("layer_norm_eps", config.layerNormEps())
                .put("pad_token_id", padId);
        try {
            return JSON.writeValueAsString(fields) + "\n";
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("numbers, texts and booleans are always JSON", e);
        }
    }

    /**
     * Fields that do not change the arithmetic are ignored.
     *
     * @throws CheckpointFormatException if the file is damaged, lacks a field or describes another kind of model
     */
    static BertConfig read(Path path) {
        ConfigJson json = new ConfigJson(path, parse(path));
        FIXED.forEach(json::expect);
        try {
            return new BertConfig(
                    json.integer("vocab_size"),
                    json.integer("hidden_size"),
                    json.integer("num_hidden_layers"),
                    json.integer("num_attention_heads"),
                    json.integer("intermediate_size"),
                    Activation.of(json.text("hidden_act")),
                    json.number("hidden_dropout_prob"),
                    json.number("attention_probs_dropout_prob"),
                    json.integer("max_position_embeddings"),
                    json.integer("type_vocab_size"),
                    json.number("initializer_range"),
                    json.number("layer_norm_eps"));
        } catch (IllegalArgumentException refused) {
            throw new CheckpointFormatException(path + ": " + refused.getMessage(), refused);
        }
    }

    /** Whether the file says that the model has the pooler and the next-sentence head. */
    static boolean hasNextSentenceHead(Path path) {
        JsonNode architecture = parse(path).path(ARCHITECTURES).path(0);
        return architecture.asText().equals(PRETRAINING);
    }

    private static JsonNode parse(Path path) {
        try {
            long bytes = Files.size(path);
            if (bytes > MAXIMUM_BYTES) {
                throw failure(path, "at most " + MAXIMUM_BYTES + " bytes", bytes + " bytes", null);
            }
            // Decoded here because Jackson would guess the encoding and let some malformed UTF-8 pass.
            JsonNode fields = JSON.readTree(Files.readString(path, StandardCharsets.UTF_8));
            if (!fields.isObject()) {
                throw failure(path, "a JSON object", fields.getNodeType().toString(), null);
            }
            return fields;
        } catch (JsonProcessingException e) {
            String where =
                    " at line " + (e.getLocation() == null ? 1 : e.getLocation().getLineNr());
            throw failure(path, "a JSON object", e.getOriginalMessage() + where, e);
        } catch (IOException e) {
            throw failure(path, "a readable file in UTF-8", e.toString(), e);
        }
    }

    private void expect(String name, JsonNode value) {
        JsonNode received = fields.get(name);
        if (received != null && !received.equals(value)) {
            throw new CheckpointFormatException(path + ": Expected " + name + " " + value
                    + ", the only one that is computed here. Received: " + received
                    + ". Use a model of BERT's own architecture");
        }
    }

    private int integer(String name) {
        JsonNode value = required(name);
        if (!value.isIntegralNumber() || !value.canConvertToInt()) {
            throw failure(path, "an integer below 2^31 as " + name, value.toString(), null);
        }
        return value.intValue();
    }

    private double number(String name) {
        JsonNode value = required(name);
        if (!value.isNumber() || !Double.isFinite(value.doubleValue())) {
            throw failure(path, "a number as " + name, value.toString(), null);
        }
        return value.doubleValue();
    }

    private String text(String name) {
        JsonNode value = required(name);
        if (!value.isTextual()) {
            throw failure(path, "a text as " + name, value.toString(), null);
        }
        return value.textValue();
    }

    private JsonNode required(String name) {
        JsonNode value = fields.get(name);
        if (value == null || value.isNull()) {
            throw failure(path, "a field " + name, "none", null);
        }
        return value;
    }

    private static CheckpointFormatException failure(
            Path path, String expected, String received, @Nullable Throwable cause) {
        return new CheckpointFormatException(
                path + ": Expected " + expected + ". Received: " + received.replaceAll("\\s+", " ")
                        + ". Restore the file from a copy or write the model again",
                cause);
    }
}
