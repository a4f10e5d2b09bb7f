package io.github.cloze4j.tokenizer.files;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.github.cloze4j.CorpusException;
import io.github.cloze4j.files.BoundedFiles;
import io.github.cloze4j.files.StrictJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A JSON file of a tokenizer, read with suspicion: bounded, in UTF-8, no key twice, nothing after the object.
 *
 * @param path of the file
 * @param fields an object; empty if there is no file
 */
record SettingsFile(Path path, JsonNode fields) {
    /** Several times the largest of BERT. */
    private static final int MAXIMUM_BYTES = 1 << 25;

    /** Reads a file that need not be there. */
    static SettingsFile read(Path path) {
        SettingsFile none = new SettingsFile(path, JsonNodeFactory.instance.objectNode());
        if (!Files.exists(path)) {
            return none;
        }
        try {
            return new SettingsFile(path, StrictJson.readTree(path, MAXIMUM_BYTES));
        } catch (IOException e) {
            throw none.damaged(
                    "a JSON object of at most " + MAXIMUM_BYTES + " bytes in UTF-8", BoundedFiles.describe(e), e);
        }
    }

    /** True, false, or null if the field is absent or null. */
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

    /** The flag, or a default if the field is absent or null. */
    boolean flag(String name, boolean absent) {
        Boolean value = flag(name);
        return value == null ? absent : value;
    }

    /** The file as if it held nothing. */
    SettingsFile cleared() {
        return new SettingsFile(path, JsonNodeFactory.instance.objectNode());
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
