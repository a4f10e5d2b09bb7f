package io.github.cloze4j.finetune.readers;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.github.cloze4j.CorpusException;
import io.github.cloze4j.corpus.records.NamedFields;
import io.github.cloze4j.corpus.records.SourceLine;
import io.github.cloze4j.files.StrictJson;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * A record with named fields, of a table or of JSON lines.
 *
 * @param fields the place of the record, and its values by name
 */
record Row(NamedFields fields) {
    /** Java's own parser also takes {@code 1d} and {@code 0x1p3}. */
    private static final Pattern DECIMAL = Pattern.compile("[-+]?(\\d+\\.?\\d*|\\.\\d+)([eE][-+]?\\d+)?");

    /** The place of the record. */
    SourceLine source() {
        return fields.source();
    }

    /** A text as it is in the file. */
    String text(String name) {
        JsonNode value = field(name);
        if (!value.isTextual()) {
            throw problem(name, "a text", value);
        }
        return value.textValue();
    }

    /** Checks that a text is not blank. */
    void requireContent(String name) {
        if (text(name).isBlank()) {
            throw source().problem(
                            "a text in " + StrictJson.quoted(name),
                            "a blank one",
                            "Write the text, or remove the record");
        }
    }

    /** A class: a text without blanks at its ends, a number or a truth value. */
    String label(String name) {
        return label(name, field(name));
    }

    /**
     * Any number of classes without repetition: a list, or a text with a separator between two of them. A blank text has none.
     *
     * @param separator the separator of a text
     */
    List<String> labels(String name, String separator) {
        JsonNode value = field(name);
        List<String> labels = new ArrayList<>();
        if (value.isArray()) {
            value.forEach(element -> labels.add(label(name, element)));
        } else if (value.isTextual()) {
            if (!value.textValue().isBlank()) {
                for (String part : value.textValue().split(Pattern.quote(separator), -1)) {
                    labels.add(label(name, TextNode.valueOf(part)));
                }
            }
        } else {
            throw problem(name, "a list of labels", value);
        }
        if (labels.stream().distinct().count() < labels.size()) {
            throw problem(name, "every label once", value);
        }
        return List.copyOf(labels);
    }

    /** A finite number. */
    double number(String name) {
        JsonNode value = field(name);
        double number = value.isNumber() ? value.doubleValue() : Double.NaN;
        if (value.isTextual() && DECIMAL.matcher(value.textValue().strip()).matches()) {
            number = Double.parseDouble(value.textValue().strip());
        }
        if (!Double.isFinite(number)) {
            throw problem(name, "a finite number", value);
        }
        return number;
    }

    /** A position in a text: an integer from 0. */
    int position(String name) {
        double number = number(name);
        if (number < 0 || number > Integer.MAX_VALUE || number != Math.rint(number)) {
            throw problem(name, "a position, counted from 0,", field(name));
        }
        return (int) number;
    }

    /** Whether a field has a list. */
    boolean isList(String name) {
        return field(name).isArray();
    }

    /** A list of texts. */
    List<String> words(String name) {
        JsonNode value = field(name);
        if (!value.isArray()) {
            throw problem(name, "a list", value);
        }
        List<String> words = new ArrayList<>();
        for (JsonNode element : value) {
            if (element.isContainerNode() || element.isNull()) {
                throw problem(name, "a list of texts", value);
            }
            words.add(element.asText());
        }
        return words;
    }

    private String label(String name, JsonNode value) {
        if (!value.isTextual() && !value.isNumber() && !value.isBoolean()) {
            throw problem(name, "a label", value);
        }
        String label = value.asText().strip();
        if (label.isEmpty()) {
            throw source().problem(
                            "a label in " + StrictJson.quoted(name),
                            "an empty one",
                            "Write the label, or remove the record");
        }
        return label;
    }

    private JsonNode field(String name) {
        return fields.get(name);
    }

    private static String unquoted(JsonNode value) {
        String quoted = StrictJson.quoted(value.toString());
        return quoted.substring(1, quoted.length() - 1);
    }

    private CorpusException problem(String name, String expected, JsonNode value) {
        return source().problem(
                        expected + " in " + StrictJson.quoted(name),
                        value.isTextual() ? StrictJson.quoted(value.textValue()) : unquoted(value),
                        "Correct the field");
    }
}
