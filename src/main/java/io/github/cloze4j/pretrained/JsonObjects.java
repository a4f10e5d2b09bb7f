package io.github.cloze4j.pretrained;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.cloze4j.CheckpointFormatException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Files of a model that are one JSON object, read with suspicion: bounded, in UTF-8, no key twice, nothing behind it. */
final class JsonObjects {
    static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(SerializationFeature.INDENT_OUTPUT)
            .build();

    private JsonObjects() {}

    /**
     * Reads one object.
     *
     * @param maximumBytes a foreign file must not fill the memory
     * @throws CheckpointFormatException if the file is anything else, is longer or cannot be read
     */
    static JsonNode read(Path path, long maximumBytes) {
        try {
            long bytes = Files.size(path);
            if (bytes > maximumBytes) {
                throw failure(path, "at most " + maximumBytes + " bytes", bytes + " bytes", null);
            }
            // Decoded here because Jackson would guess the encoding and let some malformed UTF-8 pass.
            JsonNode fields = MAPPER.readTree(Files.readString(path, StandardCharsets.UTF_8));
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

    /** What is wrong with a file, in one line. */
    static CheckpointFormatException failure(Path path, String expected, String received, @Nullable Throwable cause) {
        String problem = "Expected " + expected + ". Received: " + received;
        // Names come from the file and may hold line breaks.
        return new CheckpointFormatException(
                path + ": " + problem.replaceAll("\\s+", " ")
                        + ". Restore the file from a copy or write the model again",
                cause);
    }
}
