package io.github.cloze4j.pretrained.huggingface;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.cloze4j.CheckpointFormatException;
import io.github.cloze4j.files.JsonFile;
import io.github.cloze4j.kernel.Activation;
import io.github.cloze4j.model.BertConfig;
import io.github.cloze4j.model.head.TaskHead;
import io.github.cloze4j.nn.Parameter;
import io.github.cloze4j.pretrained.ModelFile;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** {@code config.json} as Hugging Face's {@code BertConfig} writes and reads it. */
final class ConfigJson {
    /** Hundreds of times what a configuration has. */
    private static final int MAXIMUM_BYTES = 1 << 20;

    /** What an absent field means to Hugging Face's {@code BertConfig}: the shape of {@code bert-base-uncased}. */
    private static final BertConfig DEFAULTS = BertConfig.builder(30_522).build();

    private static final String ARCHITECTURES = "architectures";
    /** Without any head. */
    private static final String ENCODER = "BertModel";

    private static final String MASKED_LM = "BertForMaskedLM";
    /** With the pooler and the next-sentence head. */
    private static final String PRETRAINING = "BertForPreTraining";

    private static final String DECODER = "is_decoder";

    private static final String TIED = "tie_word_embeddings";

    /** Fields that change the arithmetic, with the values that this model computes; fields that are absent or null have them. */
    private static final Map<String, JsonNode> FIXED = fixed();

    private final JsonFile file;

    private ConfigJson(Path path) {
        file = JsonFile.read(path, MAXIMUM_BYTES, ModelFile.DAMAGE);
    }

    private static Map<String, JsonNode> fixed() {
        ObjectNode fixed = JsonNodeFactory.instance
                .objectNode()
                .put("model_type", "bert")
                .put("position_embedding_type", "absolute")
                .put("add_cross_attention", false);
        Map<String, JsonNode> map = new LinkedHashMap<>();
        fixed.properties().forEach(field -> map.put(field.getKey(), field.getValue()));
        return map;
    }

    /** The name that {@code transformers} gives to a pretrained model with these parameters. */
    static String architecture(BertConfig config, List<Parameter> parameters) {
        Set<String> parts = ModelParts.ofAll(parameters);
        if (parts.contains(ModelParts.NEXT_SENTENCE)) {
            return PRETRAINING;
        }
        if (parts.contains(ModelParts.MASKED_LM)) {
            return languageModel(config);
        }
        return ENCODER;
    }

    /** The name of such a model with the head of language modelling. */
    static String languageModel(BertConfig config) {
        return config.isDecoder() ? TaskFields.NEXT_WORD : MASKED_LM;
    }

    /** Whether these fields describe a model that writes texts. */
    static boolean isOfNextWord(ObjectNode fields) {
        return fields.path(ARCHITECTURES).path(0).asText().equals(TaskFields.NEXT_WORD);
    }

    /** The fields of the file of a fine-tuned model. */
    static ObjectNode fields(BertConfig config, TaskHead head, int padId) {
        ObjectNode fields = fields(config, TaskFields.architecture(head.kind()), padId);
        TaskFields.add(head, fields);
        return fields;
    }

    /** The fields of the file; {@code padId} is the id of the padding token. */
    static ObjectNode fields(BertConfig config, String architecture, int padId) {
        ObjectNode fields = JsonNodeFactory.instance.objectNode();
        fields.putArray(ARCHITECTURES).add(architecture);
        fields.setAll(FIXED);
        fields.put(DECODER, config.isDecoder())
                .put(TIED, config.tieWordEmbeddings())
                .put("vocab_size", config.vocabSize())
                .put("hidden_size", config.hiddenSize())
                .put("num_hidden_layers", config.numHiddenLayers())
                .put("num_attention_heads", config.numAttentionHeads())
                .put("intermediate_size", config.intermediateSize())
                .put("hidden_act", config.hiddenAct().configName())
                .put("hidden_dropout_prob", config.hiddenDropoutProb())
                .put("attention_probs_dropout_prob", config.attentionProbsDropoutProb())
                .put("classifier_dropout", config.classifierDropout())
                .put("max_position_embeddings", config.maxPositionEmbeddings())
                .put("type_vocab_size", config.typeVocabSize())
                .put("initializer_range", config.initializerRange())
                .put("layer_norm_eps", config.layerNormEps())
                .put("pad_token_id", padId);
        if (config.isDecoder()) {
            fields.put("use_cache", true);
        }
        return fields;
    }

    /**
     * Fields that do not change the arithmetic are ignored; fields that are not there have the values that they have in
     * {@code transformers}.
     *
     * @throws CheckpointFormatException if the file is damaged or describes another kind of model
     */
    static BertConfig read(Path path) {
        ConfigJson json = new ConfigJson(path);
        FIXED.forEach(json::expect);
        try {
            return new BertConfig(
                    json.integer("vocab_size", DEFAULTS.vocabSize()),
                    json.integer("hidden_size", DEFAULTS.hiddenSize()),
                    json.integer("num_hidden_layers", DEFAULTS.numHiddenLayers()),
                    json.integer("num_attention_heads", DEFAULTS.numAttentionHeads()),
                    json.integer("intermediate_size", DEFAULTS.intermediateSize()),
                    json.activation("hidden_act", DEFAULTS.hiddenAct()),
                    json.number("hidden_dropout_prob", DEFAULTS.hiddenDropoutProb()),
                    json.number("attention_probs_dropout_prob", DEFAULTS.attentionProbsDropoutProb()),
                    json.integer("max_position_embeddings", DEFAULTS.maxPositionEmbeddings()),
                    json.integer("type_vocab_size", DEFAULTS.typeVocabSize()),
                    json.number("initializer_range", DEFAULTS.initializerRange()),
                    json.number("layer_norm_eps", DEFAULTS.layerNormEps()),
                    json.flag(TIED, DEFAULTS.tieWordEmbeddings()),
                    json.file.number("classifier_dropout"),
                    json.file.flag(DECODER, DEFAULTS.isDecoder()));
        } catch (IllegalArgumentException refused) {
            throw new CheckpointFormatException(path + ": " + refused.getMessage(), refused);
        }
    }

    /** Whether the file says that the model has the pooler and the next-sentence head. */
    static boolean hasNextSentenceHead(Path path) {
        return new ConfigJson(path)
                .file
                .fields()
                .path(ARCHITECTURES)
                .path(0)
                .asText()
                .equals(PRETRAINING);
    }

    /** The head of a fine-tuned model; empty if the file describes a pretrained one. */
    static Optional<TaskHead> taskHead(Path path) {
        return TaskFields.read(new ConfigJson(path).file);
    }

    private void expect(String name, JsonNode value) {
        JsonNode received = file.fields().get(name);
        if (received != null && !received.isNull() && !received.equals(value)) {
            throw new CheckpointFormatException(file.path() + ": Expected " + name + " " + value
                    + ", the only one that is computed here. Received: " + received
                    + ". Use a model of BERT's own architecture");
        }
    }

    private int integer(String name, int absent) {
        Integer value = stated(name).integer(name);
        return value == null ? absent : value;
    }

    private double number(String name, double absent) {
        Double value = stated(name).number(name);
        return value == null ? absent : value;
    }

    private Activation activation(String name, Activation absent) {
        String value = stated(name).text(name);
        return value == null ? absent : Activation.of(value);
    }

    private boolean flag(String name, boolean absent) {
        return stated(name).flag(name, absent);
    }

    /** Only a field that is absent has a default: with null, {@code transformers} fails too. */
    private JsonFile stated(String name) {
        if (file.fields().path(name).isNull()) {
            throw file.refused("a value as " + name, "null");
        }
        return file;
    }
}
