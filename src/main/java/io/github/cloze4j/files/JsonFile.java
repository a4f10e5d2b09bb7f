package io.github.cloze4j.files;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A file that is one JSON object, and the typed values of its fields. A failure names the file, the field and the value.
 *
 * @param path of the file
 * @param fields an object: that of the file, or one inside it
 * @param damage makes the exceptions
 */
public record JsonFile(Path path, JsonNode fields, Damage damage) {
    /** The most characters of a received value in a message. */
    private static final int LONGEST = 500;

    /** Makes exceptions for the files of one kind, such as those of a model. */
    public interface Damage {
        /**
         * Makes an exception.
         *
         * @param problem names the file, what was expected and what was received, on one line, without a full stop at its end
         */
        RuntimeException exception(String problem, @Nullable Throwable cause);

        /** Says what is wrong with a file. Parts of the message may come from the file and hold line breaks. */
        default RuntimeException of(Path path, String expected, String received, @Nullable Throwable cause) {
            String problem = "Expected " + expected + ". Received: " + received;
            return exception(path + ": " + problem.replaceAll("\\s+", " "), cause);
        }
    }

    /**
     * Reads a file.
     *
     * @param maximumBytes the largest length of the file that is read
     * @throws RuntimeException of {@code damage} if the file is anything but one object, is longer or cannot be read
     */
    public static JsonFile read(Path path, int maximumBytes, Damage damage) {
        try {
            return new JsonFile(path, StrictJson.readTree(path, maximumBytes), damage);
        } catch (IOException e) {
            throw damage.of(
                    path, "a JSON object of at most " + maximumBytes + " bytes in UTF-8", BoundedFiles.describe(e), e);
        }
    }

    /** Reads a file that need not be there: without it, there are no fields. */
    public static JsonFile readIfPresent(Path path, int maximumBytes, Damage damage) {
        return Files.exists(path) ? read(path, maximumBytes, damage) : without(path, damage);
    }

    /** The file as if it held nothing. */
    public JsonFile cleared() {
        return without(path, damage);
    }

    private static JsonFile without(Path path, Damage damage) {
        return new JsonFile(path, JsonNodeFactory.instance.objectNode(), damage);
    }

    /** An object inside the file. */
    public JsonFile inside(JsonNode object) {
        return new JsonFile(path, object, damage);
    }

    /** The integer in a field, which may be written as 2.0; null if the field is absent or null. */
    public @Nullable Integer integer(String name) {
        JsonNode value = value(name);
        if (value != null && (!value.canConvertToExactIntegral() || !value.canConvertToInt())) {
            throw refused("an integer below 2^31 as " + name, value.toString());
        }
        return value == null ? null : value.intValue();
    }

    /** The finite number in a field; null if the field is absent or null. */
    public @Nullable Double number(String name) {
        JsonNode value = value(name);
        if (value != null && (!value.isNumber() || !Double.isFinite(value.doubleValue()))) {
            throw refused("a number as " + name, value.toString());
        }
        return value == null ? null : value.doubleValue();
    }

    /** The text in a field; null if the field is absent or null. */
    public @Nullable String text(String name) {
        JsonNode value = value(name);
        if (value != null && !value.isTextual()) {
            throw refused("a text as " + name, value.toString());
        }
        return value == null ? null : value.textValue();
    }

    /** True or false; null if the field is absent or null. */
    public @Nullable Boolean flag(String name) {
        JsonNode value = value(name);
        if (value != null && !value.isBoolean()) {
            throw refused("true or false as " + name, value.toString());
        }
        return value == null ? null : value.booleanValue();
    }

    /** The flag, or a default if the field is absent or null. */
    public boolean flag(String name, boolean absent) {
        Boolean value = flag(name);
        return value == null ? absent : value;
    }

    private @Nullable JsonNode value(String name) {
        JsonNode value = fields.get(name);
        return value == null || value.isNull() ? null : value;
    }

    /** Says what is wrong with the file; a long value is cut. */
    public RuntimeException refused(String expected, String received) {
        String shown = received.length() > LONGEST ? received.substring(0, LONGEST) + "…" : received;
        return damage.of(path, expected, shown, null);
    }
}
