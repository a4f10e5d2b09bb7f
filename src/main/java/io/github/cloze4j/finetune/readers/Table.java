package io.github.cloze4j.finetune.readers;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import com.fasterxml.jackson.dataformat.csv.CsvFactory;
import com.fasterxml.jackson.dataformat.csv.CsvParser;
import com.fasterxml.jackson.dataformat.csv.CsvSchema;
import io.github.cloze4j.CorpusException;
import io.github.cloze4j.files.StrictJson;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A table in text as RFC 4180 has it: a header, a row a line, fields in double quotes where they hold separators, line breaks or
 * double quotes (written twice).
 *
 * <p>Blanks around fields belong to them, except blanks after a closing quote; the names of the header lose theirs. A blank line
 * is skipped, except in a table of one column, where it is a row with an empty text. Text after a closing quote and a quote that is never closed are errors, because
 * rows would be lost in a field.
 */
final class Table {
    private static final char QUOTE = '"';

    private final RecordText text;
    private final char separator;
    private final boolean quoted;

    Table(RecordText text, char separator, boolean quoted) {
        this.text = text;
        this.separator = separator;
        this.quoted = quoted;
    }

    /** Reads the fields of some columns, row by row; {@link CorpusException} if a column is missing or a row is wrong. */
    void read(Set<String> columns, Rows.Receiver receiver) throws IOException {
        try (CsvParser parser = parser()) {
            RawRow header = next(parser);
            while (header != null && header.isBlankLine()) {
                header = next(parser);
            }
            if (header == null) {
                return;
            }
            Map<String, Integer> places = places(header, columns);
            for (RawRow row = next(parser); row != null; row = next(parser)) {
                if (row.isBlankLine() && header.fields.size() > 1) {
                    continue;
                }
                if (row.fields.size() != header.fields.size()) {
                    throw row.source.problem(
                            header.fields.size() + " fields, as many as the header has",
                            String.valueOf(row.fields.size()),
                            quoted
                                    ? "Put fields that hold a separator or a line break between double quotes"
                                    : "Remove separators and line breaks from fields");
                }
                Map<String, JsonNode> fields = new LinkedHashMap<>();
                for (Map.Entry<String, Integer> place : places.entrySet()) {
                    fields.put(place.getKey(), TextNode.valueOf(row.fields.get(place.getValue())));
                }
                receiver.receive(new Row(row.source, fields));
            }
        }
    }

    private CsvParser parser() throws IOException {
        CsvFactory factory = CsvFactory.builder()
                .streamReadConstraints(StreamReadConstraints.builder()
                        .maxStringLength(text.maximumFieldCharacters())
                        .build())
                .build();
        CsvSchema.Builder schema = CsvSchema.builder().setColumnSeparator(separator);
        if (!quoted) {
            schema.disableQuoteChar();
        }
        CsvParser parser = factory.createParser(text);
        parser.setSchema(schema.build());
        return parser;
    }

    /** The columns that are read, with their places in a row. */
    private Map<String, Integer> places(RawRow header, Set<String> columns) {
        List<String> names = header.fields.stream().map(String::strip).toList();
        Map<String, Integer> places = new LinkedHashMap<>();
        for (String column : columns) {
            int place = names.indexOf(column);
            if (place < 0) {
                throw header.source.missingColumn(
                        "a column " + StrictJson.quoted(column) + " in the header",
                        (names.size() == 1 ? "the column " : "the columns ") + Row.quoted(names),
                        separatorHint(names));
            }
            if (Collections.frequency(names, column) > 1) {
                throw header.source.problem(
                        "one column " + StrictJson.quoted(column),
                        String.valueOf(Collections.frequency(names, column)),
                        "Give each column a name of its own");
            }
            places.put(column, place);
        }
        return places;
    }

    private String separatorHint(List<String> names) {
        String only = names.size() == 1 ? names.get(0) : "";
        if (separator != ';' && only.indexOf(';') >= 0) {
            return "Separate the fields with commas, not with semicolons";
        }
        if (separator == ',' && only.indexOf('\t') >= 0) {
            return "Name the format tsv, whose fields are separated by tabs";
        }
        if (separator == '\t' && only.indexOf(',') >= 0) {
            return "Name the format csv, whose fields are separated by commas";
        }
        return "Name one of these, or add the column";
    }

    private record RawRow(SourceLine source, List<String> fields) {
        boolean isBlankLine() {
            return fields.size() == 1 && fields.get(0).chars().allMatch(c -> c == ' ');
        }
    }

    /** The next row; null at the end. */
    private @Nullable RawRow next(CsvParser parser) throws IOException {
        SourceLine source = new SourceLine(text.name(), 1);
        try {
            if (parser.nextToken() == null) {
                return null;
            }
            source = new SourceLine(
                    text.name(), Math.max(1, parser.currentLocation().getLineNr()));
            List<String> fields = new ArrayList<>();
            for (JsonToken token = parser.nextToken();
                    token != null && token != JsonToken.END_ARRAY;
                    token = parser.nextToken()) {
                fields.add(parser.getText());
            }
            return new RawRow(source, fields);
        } catch (StreamConstraintsException e) {
            throw source.problem(
                    "fields of at most " + text.maximumFieldCharacters() + " characters",
                    "a longer one",
                    "Shorten the field, or close its quotes");
        } catch (JsonProcessingException e) {
            throw unreadable(source, e);
        }
    }

    private CorpusException unreadable(SourceLine source, JsonProcessingException e) {
        boolean open = String.valueOf(e.getOriginalMessage()).contains("closing quote");
        return source.problem(
                "fields between double quotes to be closed, and double quotes within them to be written twice",
                open ? "a field that begins with " + QUOTE + " and is never closed" : "text after a closing quote",
                separator == '\t'
                        ? "Correct the quotes, or name the format " + DataFormat.TSV_UNQUOTED
                                + ", in which quotes are characters like all others"
                        : "Correct the quotes");
    }
}
