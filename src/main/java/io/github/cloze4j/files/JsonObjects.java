package io.github.cloze4j.files;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.cloze4j.CheckpointFormatException;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Files of a model that are one JSON object, with failures as exceptions of models. */
public final class JsonObjects {
    private JsonObjects() {}

    /**
     * Reads one object.
     *
     * @param maximumBytes the largest length of the file that is read
     * @throws CheckpointFormatException if the file is anything else, is longer or cannot be read
     */
    public static JsonNode read(Path path, int maximumBytes) {
        try {
            return StrictJson.readTree(path, maximumBytes);
        } catch (IOException e) {
            throw failure(
                    path, "a JSON object of at most " + maximumBytes + " bytes in UTF-8", BoundedFiles.describe(e), e);
        }
    }

    /** The integer in a field, which may be written as 2.0; null if the field is absent or null. */
    public static @Nullable Integer integer(Path path, JsonNode fields, String name) {
        JsonNode value = present(fields, name);
        if (value == null) {
            return null;
        }
        if (!value.canConvertToExactIntegral() || !value.canConvertToInt()) {
            throw failure(path, "an integer below 2^31 as " + name, value.toString(), null);
        }
        return value.intValue();
    }

    /** The finite number in a field; null if the field is absent or null. */
    public static @Nullable Double number(Path path, JsonNode fields, String name) {
        JsonNode value = present(fields, name);
        if (value == null) {
            return null;
        }
        if (!value.isNumber() || !Double.isFinite(value.doubleValue())) {
            throw failure(path, "a number as " + name, value.toString(), null);
        }
        return value.doubleValue();
    }

    /** The text in a field; null if the field is absent or null. */
    public static @Nullable String text(Path path, JsonNode fields, String name) {
        JsonNode value = present(fields, name);
        if (value == null) {
            return null;
        }
        if (!value.isTextual()) {
            throw failure(path, "a text as " + name, value.toString(), null);
        }
        return value.textValue();
    }

    private static @Nullable JsonNode present(JsonNode fields, String name) {
        JsonNode value = fields.get(name);
        return value == null || value.isNull() ? null : value;
    }

    /** What is wrong with a file, in one line. */
    public static CheckpointFormatException failure(
            Path path, String expected, String received, @Nullable Throwable cause) {
        String problem = "Expected " + expected + ". Received: " + received;
        // Names come from the file and may hold line breaks.
        return new CheckpointFormatException(
                path + ": " + problem.replaceAll("\\s+", " ")
                        + ". Restore the file from a copy or write the model again",
                cause);
    }
}
