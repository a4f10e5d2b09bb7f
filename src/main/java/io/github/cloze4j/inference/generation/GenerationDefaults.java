package io.github.cloze4j.inference.generation;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.cloze4j.CheckpointFormatException;
import io.github.cloze4j.files.JsonFile;
import io.github.cloze4j.tokenizer.Vocabulary;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The settings of a generation that a model brings along, in the {@code generation_config.json} of {@code transformers}. A field that is
 * absent means what it means to {@code transformers}, and a directory without the file says nothing.
 *
 * <p>A file that draws tokens at random and names no {@code top_k} keeps 50 tokens, as {@code transformers} does. Fields that ask for
 * something that is not computed here are named in one logged warning.
 *
 * <p>Immutable and thread-safe.
 */
public final class GenerationDefaults {
    private static final Logger LOG = LoggerFactory.getLogger(GenerationDefaults.class);

    /** A capital inside a name. */
    private static final Pattern CAMEL_CASE = Pattern.compile("(?<=[a-z])[A-Z]");

    private static final String FILE = "generation_config.json";

    /** Hundreds of times what such a file has. */
    private static final int MAXIMUM_BYTES = 1 << 20;

    private static final JsonFile.Damage DAMAGE = (problem, cause) -> new CheckpointFormatException(
            problem + ". Correct the file, or take it away: a model needs no such file", cause);

    /** {@code top_k} of {@code transformers} where nothing names it. */
    private static final int HIDDEN_TOP_K = 50;

    /** Fields that change the generated text and that are not computed here. */
    private static final List<String> NOT_COMPUTED = List.of(
            "begin_suppress_tokens",
            "constraints",
            "diversity_penalty",
            "encoder_no_repeat_ngram_size",
            "encoder_repetition_penalty",
            "epsilon_cutoff",
            "eta_cutoff",
            "exponential_decay_length_penalty",
            "force_words_ids",
            "forced_bos_token_id",
            "forced_eos_token_id",
            "guidance_scale",
            "max_time",
            "min_length",
            "num_beam_groups",
            "penalty_alpha",
            "sequence_bias",
            "suppress_tokens",
            "top_h",
            "typical_p",
            "watermarking_config");

    private final JsonFile file;

    private GenerationDefaults(JsonFile file) {
        this.file = file;
    }

    /**
     * Reads the settings of a model.
     *
     * @param directory the model's directory
     * @param vocabulary the vocabulary of the model
     * @throws CheckpointFormatException if the file is damaged, or a setting is out of its range
     */
    public static GenerationDefaults read(Path directory, Vocabulary vocabulary) {
        GenerationDefaults defaults =
                new GenerationDefaults(JsonFile.readIfPresent(directory.resolve(FILE), MAXIMUM_BYTES, DAMAGE));
        try {
            LogitsProcessors.of(defaults.builder().build(), vocabulary);
        } catch (IllegalArgumentException refused) {
            throw DAMAGE.exception(
                    defaults.file.path() + ": " + inFields(String.valueOf(refused.getMessage())), refused);
        }
        List<String> unused = defaults.unused(vocabulary);
        if (!unused.isEmpty()) {
            LOG.warn("{}: Not used here: {}", defaults.file.path(), String.join(", ", unused));
        }
        return defaults;
    }

    /** The message with fields of the file in the place of settings: {@code topK} is {@code top_k}. */
    private static String inFields(String message) {
        return CAMEL_CASE
                .matcher(message)
                .replaceAll(upper -> "_" + upper.group().toLowerCase(Locale.ROOT));
    }

    /** Whether tokens are drawn at random unless the user says otherwise. */
    public boolean doSample() {
        return file.flag("do_sample", false);
    }

    /** The texts that a beam search keeps unless the user says otherwise; 1 is no beam search. */
    public int numBeams() {
        return doSample() ? 1 : integer("num_beams", 1);
    }

    /** A builder with all settings of the model. */
    public GenerationConfig.Builder builder() {
        return builder(doSample(), numBeams());
    }

    /**
     * A builder with those settings of the model that have an effect in one way of searching.
     *
     * @param doSample whether tokens are drawn at random
     * @param numBeams the texts that a beam search keeps
     */
    public GenerationConfig.Builder builder(boolean doSample, int numBeams) {
        GenerationConfig.Builder builder =
                GenerationConfig.builder().doSample(doSample).numBeams(numBeams);
        Integer most = file.integer("max_new_tokens");
        if (most != null) {
            builder.maxNewTokens(most);
        }
        builder.minNewTokens(integer("min_new_tokens", 0))
                .repetitionPenalty(number("repetition_penalty", 1))
                .noRepeatNgramSize(integer("no_repeat_ngram_size", 0))
                .badWordsIds(badWords())
                .stopStrings(stopStrings());
        if (doSample) {
            builder.temperature(number("temperature", 1))
                    .topK(integer("top_k", doSample() ? HIDDEN_TOP_K : 0))
                    .topP(number("top_p", 1))
                    .minP(number("min_p", 0));
        } else if (numBeams > 1) {
            builder.lengthPenalty(number("length_penalty", 1)).earlyStopping(earlyStopping());
        }
        boolean isOwnSearch = doSample == doSample() && numBeams == numBeams();
        return isOwnSearch ? builder.numReturnSequences(integer("num_return_sequences", 1)) : builder;
    }

    private int integer(String name, int absent) {
        Integer value = file.integer(name);
        return value == null ? absent : value;
    }

    private double number(String name, double absent) {
        Double value = file.number(name);
        return value == null ? absent : value;
    }

    private @Nullable JsonNode value(String name) {
        JsonNode value = file.fields().get(name);
        return value == null || value.isNull() ? null : value;
    }

    private EarlyStopping earlyStopping() {
        JsonNode value = value("early_stopping");
        if (value != null && value.isTextual() && value.textValue().equals("never")) {
            return EarlyStopping.NEVER;
        }
        if (value != null && !value.isBoolean()) {
            throw file.refused("true, false or \"never\" as early_stopping", value.toString());
        }
        return value != null && value.booleanValue() ? EarlyStopping.TRUE : EarlyStopping.FALSE;
    }

    /** One text, or a list of them. */
    private List<String> stopStrings() {
        JsonNode value = value("stop_strings");
        if (value == null) {
            return List.of();
        }
        List<JsonNode> texts = value.isArray() ? children(value) : List.of(value);
        if (!texts.stream().allMatch(JsonNode::isTextual)) {
            throw file.refused("texts as stop_strings", value.toString());
        }
        return texts.stream().map(JsonNode::textValue).toList();
    }

    private List<List<Integer>> badWords() {
        JsonNode value = value("bad_words_ids");
        if (value == null) {
            return List.of();
        }
        List<List<Integer>> words = new ArrayList<>();
        for (JsonNode word : children(value)) {
            List<JsonNode> ids = children(word);
            if (!ids.stream().allMatch(JsonNode::canConvertToInt)) {
                throw file.refused("lists of token ids as bad_words_ids", value.toString());
            }
            words.add(ids.stream().map(JsonNode::intValue).toList());
        }
        return words;
    }

    private static List<JsonNode> children(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false).toList();
    }

    /** Fields that ask for something that is not done here, with their values. */
    private List<String> unused(Vocabulary vocabulary) {
        List<String> unused = NOT_COMPUTED.stream()
                .filter(name -> isSet(value(name)))
                .map(this::described)
                .collect(Collectors.toCollection(ArrayList::new));
        if (value("max_length") != null && value("max_new_tokens") == null) {
            unused.add(described("max_length") + " (max_new_tokens counts)");
        }
        if (doSample() && integer("num_beams", 1) > 1) {
            unused.add(described("num_beams") + " together with do_sample");
        }
        JsonNode end = value("eos_token_id");
        List<JsonNode> ends = end == null ? List.of() : end.isArray() ? children(end) : List.of(end);
        String others = ends.stream()
                .filter(id -> id.asInt(-1) != vocabulary.sepId())
                .map(JsonNode::toString)
                .collect(Collectors.joining(", "));
        if (!others.isEmpty()) {
            unused.add("eos_token_id " + others + ", because " + vocabulary.token(vocabulary.sepId()) + " ends a text");
        }
        return unused;
    }

    private String described(String name) {
        return name + " " + file.fields().get(name);
    }

    /** Whether a value changes anything: each of these fields is off at null, false, 0, 1 or nothing. */
    private static boolean isSet(@Nullable JsonNode value) {
        return value != null
                && !(value.isNumber() && (value.doubleValue() == 0 || value.doubleValue() == 1))
                && !(value.isBoolean() && !value.booleanValue())
                && !(value.isContainerNode() && value.isEmpty());
    }
}
