package io.github.cloze4j.tokenizer;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.cloze4j.CorpusException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A tokenizer's files in a Hugging Face model directory, which {@code transformers} and {@code tokenizers} load. */
public final class TokenizerFiles {
    static final String VOCABULARY = "vocab.txt";
    static final String CONFIG = "tokenizer_config.json";
    static final String TOKENIZER = "tokenizer.json";

    private static final String LOWER_CASE = "do_lower_case";
    private static final String STRIP_ACCENTS = "strip_accents";
    private static final String CHINESE_CHARS = "tokenize_chinese_chars";

    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private TokenizerFiles() {}

    /** The files' names and texts: {@code vocab.txt}, {@code tokenizer_config.json}, {@code tokenizer.json}. */
    public static Map<String, String> write(BertTokenizer tokenizer) {
        Map<String, String> files = new LinkedHashMap<>();
        files.put(VOCABULARY, tokenizer.vocabulary().toText());
        files.put(CONFIG, indented(config(tokenizer.config())));
        files.put(TOKENIZER, indented(TokenizerJson.of(tokenizer)));
        return files;
    }

    /**
     * Reads {@code vocab.txt} and {@code tokenizer_config.json}. A setting that is not there has the value that it has in
     * {@code transformers}: lower case, accents as lower case, ideographs apart.
     *
     * @throws CorpusException if a file is missing or damaged
     */
    public static BertTokenizer read(Path directory) {
        Vocabulary vocabulary = Vocabulary.read(directory.resolve(VOCABULARY));
        Path path = directory.resolve(CONFIG);
        JsonNode config = readJson(path);
        Boolean chineseChars = flag(config, CHINESE_CHARS, path);
        Boolean lowerCase = flag(config, LOWER_CASE, path);
        return new BertTokenizer(
                vocabulary,
                new TokenizerConfig(
                        lowerCase == null || lowerCase,
                        flag(config, STRIP_ACCENTS, path),
                        chineseChars == null || chineseChars));
    }

    private static ObjectNode config(TokenizerConfig config) {
        ObjectNode node = JSON.createObjectNode();
        node.put("tokenizer_class", "BertTokenizer");
        node.put(LOWER_CASE, config.doLowerCase());
        node.put(STRIP_ACCENTS, config.stripAccents());
        node.put(CHINESE_CHARS, config.tokenizeChineseChars());
        node.put("pad_token", Vocabulary.SPECIAL_TOKENS.get(0));
        node.put("unk_token", Vocabulary.SPECIAL_TOKENS.get(1));
        node.put("cls_token", Vocabulary.SPECIAL_TOKENS.get(2));
        node.put("sep_token", Vocabulary.SPECIAL_TOKENS.get(3));
        node.put("mask_token", Vocabulary.SPECIAL_TOKENS.get(4));
        return node;
    }

    private static String indented(ObjectNode node) {
        try {
            return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(node) + "\n";
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("Trees of plain values can be written", e);
        }
    }

    private static JsonNode readJson(Path path) {
        try {
            JsonNode node = JSON.readTree(Files.readString(path));
            if (node.isObject()) {
                return node;
            }
            throw damaged(path, "another value", null);
        } catch (IOException e) {
            throw damaged(path, String.valueOf(e).replaceAll("\\s*\\R\\s*", " "), e);
        }
    }

    private static @Nullable Boolean flag(JsonNode config, String name, Path path) {
        JsonNode value = config.path(name);
        if (value.isMissingNode() || value.isNull()) {
            return null;
        }
        if (!value.isBoolean()) {
            throw damaged(path, name + " = " + value + ", which is neither true nor false", null);
        }
        return value.booleanValue();
    }

    private static CorpusException damaged(Path path, String received, @Nullable Throwable cause) {
        return new CorpusException(
                "Expected the settings of a BERT tokenizer, a JSON object, in " + path + ". Received: " + received
                        + ". Copy the file from the model's origin.",
                cause);
    }
}
