package io.github.cloze4j.corpus;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How files of records become documents: one document a record, in the order of the file.
 *
 * <p>A document is the text of one or more fields, in the order of their names here. A line of a text is a sentence, and so is each string of
 * a list of strings; blank lines and strings are dropped. JSON's null has no text. A record without text is skipped and counted.
 *
 * @param format the format of all files; null to recognise it by the file's name or content, and to read other files as plain text
 * @param fields the names of the fields, at least one. A name {@code a.b} is that of a field or column, or else of the field {@code b} in the
 *     object {@code a}. If {@code a} is a list of objects, the text is that of each
 */
public record RecordOptions(@Nullable RecordFormat format, List<String> fields) {
    /** The name of the field that holds the text if nobody says. */
    public static final String DEFAULT_FIELD = "text";

    /** Files of records by their names or contents, whose text is in the field {@value #DEFAULT_FIELD}. */
    public static final RecordOptions DEFAULT = new RecordOptions(null, List.of(DEFAULT_FIELD));

    /** Checks the names; {@link IllegalArgumentException} if there is none, or one is empty or there twice. */
    public RecordOptions {
        fields = List.copyOf(fields);
        if (fields.isEmpty()
                || fields.stream().anyMatch(String::isEmpty)
                || fields.stream().distinct().count() < fields.size()) {
            throw new IllegalArgumentException("Expected one or more names of fields, each once. Received: "
                    + (fields.isEmpty() ? "none" : String.join(", ", fields)) + ". Correct the names");
        }
    }
}
