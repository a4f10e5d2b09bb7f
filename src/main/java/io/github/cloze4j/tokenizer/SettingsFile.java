package io.github.cloze4j.tokenizer;

import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.cloze4j.CorpusException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A JSON file of a tokenizer, read with suspicion: bounded, in UTF-8, no key twice, nothing behind it.
 *
 * @param path of the file
 * @param fields an object; empty where there is no file
 */
record SettingsFile(Path path, JsonNode fields) {
    /** Several times the largest of BERT. */
    private static final long MAXIMUM_BYTES = 1 << 25;

    static final JsonMapper JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    /** Reads a file that need not be there. */
    static SettingsFile read(Path path) {
        SettingsFile none = new SettingsFile(path, JSON.createObjectNode());
        if (!Files.exists(path)) {
            return none;
        }
        try {
            long bytes = Files.size(path);
            if (bytes > MAXIMUM_BYTES) {
                throw none.damaged("at most " + MAXIMUM_BYTES + " bytes", bytes + " bytes", null);
            }
            // Decoded here because Jackson would guess the encoding and let some malformed UTF-8 pass.
            JsonNode node = JSON.readTree(Files.readString(path, StandardCharsets.UTF_8));
            if (!node.isObject()) {
                throw none.damaged("a JSON object", "another value", null);
            }
            return new SettingsFile(path, node);
        } catch (IOException e) {
            throw none.damaged("a JSON object", String.valueOf(e), e);
        }
    }

    /** True, false, or null where the field is not there or is null. */
    @Nullable
    Boolean flag(String name) {
        JsonNode value = fields.path(name);
        if (value.isMissingNode() || value.isNull()) {
            return null;
        }
        if (!value.isBoolean()) {
            throw damaged("true or false as " + name, value.toString(), null);
        }
        return value.booleanValue();
    }

    /** The same where null has no meaning of its own. */
    boolean flag(String name, boolean absent) {
        Boolean value = flag(name);
        return value == null ? absent : value;
    }

    /** A token, which is written as its text or as an object with it; null where there is none. */
    @Nullable
    String token(String name) {
        JsonNode value = fields.path(name);
        if (value.isMissingNode() || value.isNull()) {
            return null;
        }
        JsonNode content = value.isObject() ? value.path("content") : value;
        if (!content.isTextual()) {
            throw damaged("a text, or an object with the text content, as " + name, value.toString(), null);
        }
        return content.textValue();
    }

    /** What is wrong with the file, in one line. */
    CorpusException damaged(String expected, String received, @Nullable Throwable cause) {
        int most = 500;
        String line = received.replaceAll("\\s+", " ");
        return new CorpusException(
                path + ": Expected " + expected.replaceAll("\\s+", " ") + ", as a BERT tokenizer has it. Received: "
                        + (line.length() > most ? line.substring(0, most) + "…" : line)
                        + ". Copy the file from the model's origin.",
                cause);
    }
}
