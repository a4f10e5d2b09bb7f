package io.github.cloze4j.inference.generation;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Cases of src/test/python/make_generation_fixture.py. */
final class GenerationFixture {
    static final Path DIRECTORY = Path.of("src/test/resources/generation");

    private GenerationFixture() {}

    static Stream<JsonNode> cases(String file) {
        try {
            return children(new ObjectMapper().readTree(DIRECTORY.resolve(file).toFile()));
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    static Stream<JsonNode> children(JsonNode array) {
        return IntStream.range(0, array.size()).mapToObj(array::path);
    }

    static int[] ints(JsonNode array) {
        return children(array).mapToInt(JsonNode::asInt).toArray();
    }

    /** A configuration of the settings of transformers; {@code [UNK]} is not suppressed there unless the case says so. */
    static GenerationConfig.Builder config(JsonNode settings) {
        GenerationConfig.Builder builder = GenerationConfig.builder();
        settings.fieldNames().forEachRemaining(name -> set(builder, name, settings.path(name)));
        return builder;
    }

    private static void set(GenerationConfig.Builder builder, String name, JsonNode value) {
        switch (name) {
            case "do_sample" -> builder.doSample(value.asBoolean());
            case "temperature" -> builder.temperature(value.asDouble());
            case "top_k" -> builder.topK(value.asInt());
            case "top_p" -> builder.topP(value.asDouble());
            case "min_p" -> builder.minP(value.asDouble());
            case "repetition_penalty" -> builder.repetitionPenalty(value.asDouble());
            case "no_repeat_ngram_size" -> builder.noRepeatNgramSize(value.asInt());
            case "min_new_tokens" -> builder.minNewTokens(value.asInt());
            case "max_new_tokens" -> builder.maxNewTokens(value.asInt());
            case "bad_words_ids" -> builder.badWordsIds(badWords(value));
            case "num_beams" -> builder.numBeams(value.asInt()).numReturnSequences(value.asInt());
            case "length_penalty" -> builder.lengthPenalty(value.asDouble());
            case "early_stopping" ->
                builder.earlyStopping(
                        value.isTextual()
                                ? EarlyStopping.NEVER
                                : value.asBoolean() ? EarlyStopping.TRUE : EarlyStopping.FALSE);
            default -> throw new IllegalArgumentException(name);
        }
    }

    private static List<List<Integer>> badWords(JsonNode sequences) {
        List<List<Integer>> words = new ArrayList<>();
        sequences.forEach(ids -> words.add(children(ids).map(JsonNode::asInt).toList()));
        return words;
    }
}
