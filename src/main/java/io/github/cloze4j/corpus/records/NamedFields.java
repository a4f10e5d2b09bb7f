package io.github.cloze4j.corpus.records;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.cloze4j.MissingColumnException;
import io.github.cloze4j.files.StrictJson;
import java.util.Collection;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * A record: its fields by name.
 *
 * @param source the place of the record
 * @param values the values in the order of the file; those of a table are strings
 */
public record NamedFields(SourceLine source, Map<String, JsonNode> values) {
    /**
     * The value of a field, which may be JSON's null.
     *
     * @throws MissingColumnException if the record has no such field
     */
    public JsonNode get(String name) {
        JsonNode value = values.get(name);
        if (value == null) {
            throw missing(name, values.keySet());
        }
        return value;
    }

    /**
     * Makes the exception for a field that is missing.
     *
     * @param present the names of the fields that are there
     */
    public MissingColumnException missing(String name, Collection<String> present) {
        return source.missingColumn(
                "a field " + StrictJson.quoted(name),
                "a record with " + (present.isEmpty() ? "no fields" : quoted(present)),
                "Add the field, or name one of these");
    }

    /** The names of fields for a message. */
    public static String quoted(Collection<String> names) {
        return names.stream().map(StrictJson::quoted).collect(Collectors.joining(", "));
    }
}
