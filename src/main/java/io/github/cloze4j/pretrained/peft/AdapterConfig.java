package io.github.cloze4j.pretrained.peft;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.cloze4j.CheckpointFormatException;
import io.github.cloze4j.files.JsonFile;
import io.github.cloze4j.files.StrictJson;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.model.LoraConfig;
import io.github.cloze4j.nn.LowRankTarget;
import io.github.cloze4j.pretrained.ModelFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * {@code adapter_config.json} as PEFT's {@code LoraConfig} writes and reads it.
 *
 * @param targetModules tells whether the file names a module, by its name in a Hugging Face model
 * @param modulesToSave ends of the names of modules that are stored as a whole, such as {@code classifier}
 * @param baseModel the model that the adapter was trained on, as its trainer named it; null if the file does not say
 */
record AdapterConfig(
        int rank,
        double alpha,
        double dropout,
        boolean rankStabilized,
        Predicate<String> targetModules,
        List<String> modulesToSave,
        @Nullable String baseModel) {
    static final String FILE = "adapter_config.json";

    /** Hundreds of times what a configuration has. */
    private static final int MAXIMUM_BYTES = 1 << 20;

    private static final String TYPE = "LORA";
    private static final String NO_BIAS = "none";

    /** Fields that say nothing about the arithmetic, or whose values are read here. */
    private static final Set<String> KNOWN = Set.of(
            "auto_mapping",
            "base_model_name_or_path",
            "bias",
            "exclude_modules",
            "inference_mode",
            "init_lora_weights",
            "layers_pattern",
            "lora_alpha",
            "lora_dropout",
            "megatron_core",
            "modules_to_save",
            "peft_type",
            "peft_version",
            "qalora_group_size",
            "r",
            "revision",
            "target_modules",
            "task_type",
            "use_rslora");

    /** Ways to begin that leave the base as it is; others, such as {@code pissa}, train on a changed base. */
    private static final Set<String> INITIALIZATIONS = Set.of("gaussian", "orthogonal");

    /** The text of the file for a model; fields are those that every version of PEFT since 0.10 knows. */
    static String write(Bert model, LoraConfig lora, AdapterTask task, @Nullable String baseModel) {
        ObjectNode fields = JsonNodeFactory.instance.objectNode();
        fields.putObject("alpha_pattern");
        if (task.modelClass() == null) {
            fields.putNull("auto_mapping");
        } else {
            fields.putObject("auto_mapping")
                    .put("base_model_class", task.modelClass())
                    .put("parent_library", "transformers.models.bert.modeling_bert");
        }
        fields.put("base_model_name_or_path", baseModel)
                .put("bias", NO_BIAS)
                .put("fan_in_fan_out", false)
                .put("inference_mode", true)
                .put("init_lora_weights", true)
                .putNull("layers_pattern")
                .putNull("layers_to_transform");
        if (lora.alpha() == Math.rint(lora.alpha()) && lora.alpha() <= Integer.MAX_VALUE) {
            fields.put("lora_alpha", (int) lora.alpha());
        } else {
            fields.put("lora_alpha", lora.alpha());
        }
        fields.put("lora_dropout", lora.dropout());
        putNames(fields, "modules_to_save", task.modulesToSave());
        fields.put("peft_type", TYPE).put("r", lora.rank());
        fields.putObject("rank_pattern");
        fields.putNull("revision");
        putNames(
                fields, "target_modules", targets(lora.targets(), model.config().numHiddenLayers()));
        fields.put("task_type", task.taskType()).put("use_dora", false).put("use_rslora", lora.rankStabilized());
        return StrictJson.toPythonText(fields);
    }

    private static void putNames(ObjectNode fields, String field, List<String> names) {
        if (names.isEmpty()) {
            fields.putNull(field);
        } else {
            ArrayNode values = fields.putArray(field);
            names.forEach(values::add);
        }
    }

    /** Ends of names that name the targets and nothing else of a BERT, in PEFT's words. */
    private static List<String> targets(Set<LowRankTarget> targets, int layers) {
        List<String> names = new ArrayList<>();
        for (LowRankTarget target : EnumSet.copyOf(targets)) {
            switch (target) {
                case QUERY, KEY, VALUE ->
                    names.add(target.module().substring(target.module().lastIndexOf('.') + 1));
                case ATTENTION_OUTPUT, INTERMEDIATE -> names.add(target.module());
                case OUTPUT -> {
                    // This end alone also names attention.output.dense.
                    for (int layer = 0; layer < layers; layer++) {
                        names.add("layer." + layer + "." + target.module());
                    }
                }
            }
        }
        return names;
    }

    /**
     * Reads the file.
     *
     * @throws CheckpointFormatException if the file is damaged, or the adapter is of a kind that is not computed here
     */
    static AdapterConfig read(Path path) {
        JsonFile file = JsonFile.read(path, MAXIMUM_BYTES, ModelFile.DAMAGE);
        requireComputable(file);
        Predicate<String> excluded = ModulePattern.read(file, "exclude_modules");
        Predicate<String> targets = ModulePattern.read(file, "target_modules");
        Integer rank = file.integer("r");
        Double alpha = file.number("lora_alpha");
        Double dropout = file.number("lora_dropout");
        LoraConfig defaults = LoraConfig.DEFAULT;
        return new AdapterConfig(
                rank == null ? defaults.rank() : rank,
                alpha == null ? defaults.alpha() : alpha,
                dropout == null ? defaults.dropout() : dropout,
                file.flag("use_rslora", defaults.rankStabilized()),
                targets.and(excluded.negate()),
                names(file, "modules_to_save"),
                file.text("base_model_name_or_path"));
    }

    private static List<String> names(JsonFile file, String field) {
        List<String> names = new ArrayList<>();
        for (JsonNode name : file.fields().path(field)) {
            if (!name.isTextual()) {
                throw file.refused("names of modules as " + field, name.toString());
            }
            names.add(name.textValue());
        }
        return names;
    }

    private static void requireComputable(JsonFile file) {
        String type = file.text("peft_type");
        if (!TYPE.equals(type)) {
            throw unsupported(file, "peft_type " + TYPE, String.valueOf(type));
        }
        String bias = file.text("bias");
        if (bias != null && !bias.equals(NO_BIAS)) {
            throw unsupported(file, "bias " + NO_BIAS, bias);
        }
        JsonNode initialization = file.fields().path("init_lora_weights");
        if (initialization.isTextual() && !INITIALIZATIONS.contains(initialization.textValue())) {
            throw unsupported(file, "init_lora_weights that leave the base as it is", initialization.textValue());
        }
        String others = file.fields().properties().stream()
                .filter(field -> !KNOWN.contains(field.getKey()) && isSet(field.getValue()))
                .map(field -> field.getKey() + " " + field.getValue())
                .collect(Collectors.joining(", "));
        if (!others.isEmpty()) {
            throw unsupported(file, "plain LoRA or rsLoRA, with one rank for all layers", others);
        }
    }

    /** Whether a field asks for something: an option is off if it is null, false or empty. */
    private static boolean isSet(JsonNode value) {
        boolean off = value.isNull()
                || (value.isBoolean() && !value.booleanValue())
                || (value.isContainerNode() && value.isEmpty());
        return !off;
    }

    private static CheckpointFormatException unsupported(JsonFile file, String expected, String received) {
        String problem = "Expected " + expected + ". Received: " + received;
        return new CheckpointFormatException(
                file.path() + ": " + problem.replaceAll("\\s+", " ")
                        + ", which is not computed here. Merge the adapter with PEFT (merge_and_unload), and use the merged model");
    }
}
