package io.github.cloze4j.corpus;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.cloze4j.CorpusException;
import io.github.cloze4j.corpus.records.NamedFields;
import io.github.cloze4j.files.StrictJson;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The way to a text in a record: a field, or one in objects within it. */
final class FieldPath {
    private final String name;
    private final List<String> parts;

    /** @param name names of fields with dots between them */
    FieldPath(String name) {
        this.name = name;
        parts = List.of(name.split("\\.", -1));
    }

    /**
     * Adds the sentences of the text.
     *
     * @throws CorpusException if a field is missing, or holds neither a text, a list of texts nor null
     */
    void addTo(SentenceText document, NamedFields record) {
        JsonNode whole = record.values().get(name);
        if (whole != null) {
            add(document, whole, record, parts.size());
        } else {
            JsonNode first = record.values().get(parts.get(0));
            if (first == null) {
                throw record.missing(name, record.values().keySet());
            }
            add(document, first, record, 1);
        }
    }

    /** @param depth the number of names that lead to the value */
    private void add(SentenceText document, JsonNode value, NamedFields record, int depth) {
        if (value.isNull()) {
            return;
        }
        if (depth == parts.size()) {
            addText(document, value, record);
        } else if (value.isArray()) {
            value.forEach(element -> add(document, element, record, depth));
        } else if (value.isObject()) {
            JsonNode inner = value.get(parts.get(depth));
            if (inner == null) {
                List<String> present = new ArrayList<>();
                String outer = String.join(".", parts.subList(0, depth));
                value.fieldNames().forEachRemaining(field -> present.add(outer + "." + field));
                throw record.missing(name, present);
            }
            add(document, inner, record, depth + 1);
        } else {
            throw problem(
                    "an object in " + StrictJson.quoted(String.join(".", parts.subList(0, depth))), value, record);
        }
    }

    private void addText(SentenceText document, JsonNode value, NamedFields record) {
        if (value.isTextual()) {
            document.addLines(value.textValue());
        } else if (value.isArray()) {
            for (JsonNode element : value) {
                if (element.isTextual()) {
                    document.addSentence(element.textValue());
                } else if (!element.isNull()) {
                    throw problem("a text, or a list of texts, in " + StrictJson.quoted(name), element, record);
                }
            }
        } else {
            throw problem("a text, or a list of texts, in " + StrictJson.quoted(name), value, record);
        }
    }

    private static CorpusException problem(String expected, JsonNode value, NamedFields record) {
        String kind = value.getNodeType().toString().toLowerCase(Locale.ROOT);
        String shown = StrictJson.quoted(value.toString());
        return record.source()
                .problem(
                        expected,
                        "the " + kind + " " + shown.substring(1, shown.length() - 1),
                        "Name a field that holds text, or correct the record");
    }
}
