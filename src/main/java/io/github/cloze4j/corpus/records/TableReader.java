package io.github.cloze4j.corpus.records;

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
import java.io.Reader;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
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
 * rows would be lost in a field. Values are read from the columns that the caller names. Not thread-safe.
 */
public final class TableReader implements RecordReader {
    private static final char QUOTE = '"';

    /** Columns that a text without line ends could fill the memory with are an error. */
    private static final int MOST_COLUMNS = 1 << 16;

    private final String name;
    private final char separator;
    private final boolean quoted;
    private final int longest;
    private final Set<String> columns;
    private final CsvParser parser;
    private @Nullable Header header;

    /**
     * The rows of a table.
     *
     * @param name the name of the text in messages
     * @param text the text from its start; the caller closes it
     * @param separator the character between fields
     * @param quoted whether double quotes surround fields; if not, they are characters like all others
     * @param longest the most characters of a field
     * @param columns the columns that are read
     * @throws IOException if the text cannot be read
     */
    public TableReader(
            String name, Reader text, char separator, boolean quoted, int longest, Collection<String> columns)
            throws IOException {
        this.name = name;
        this.separator = separator;
        this.quoted = quoted;
        this.longest = longest;
        this.columns = new LinkedHashSet<>(columns);
        parser = parser(text);
    }

    /**
     * The columns that are read.
     *
     * @param width the number of fields
     * @param places the places of the columns in a row
     */
    private record Header(int width, Map<String, Integer> places) {}

    /** The next row; {@link CorpusException} if a column is missing or the row is wrong. */
    @Override
    public @Nullable NamedFields next() throws IOException {
        Header read = header;
        if (read == null) {
            read = readHeader();
            header = read;
        }
        RawRow row = nextRow();
        while (row != null && row.isBlankLine() && read.width > 1) {
            row = nextRow();
        }
        if (row == null) {
            return null;
        }
        if (row.fields.size() != read.width) {
            throw row.source.problem(
                    read.width + " fields, as many as the header has",
                    String.valueOf(row.fields.size()),
                    quoted
                            ? "Put fields that hold a separator or a line break between double quotes"
                            : "Remove separators and line breaks from fields");
        }
        Map<String, JsonNode> values = new LinkedHashMap<>();
        for (Map.Entry<String, Integer> place : read.places.entrySet()) {
            values.put(place.getKey(), TextNode.valueOf(row.fields.get(place.getValue())));
        }
        return new NamedFields(row.source, values);
    }

    /** A text without a header has no rows either. */
    private Header readHeader() throws IOException {
        RawRow row = nextRow();
        while (row != null && row.isBlankLine()) {
            row = nextRow();
        }
        return row == null ? new Header(0, Map.of()) : new Header(row.fields.size(), places(row));
    }

    private CsvParser parser(Reader text) throws IOException {
        CsvFactory factory = CsvFactory.builder()
                .streamReadConstraints(
                        StreamReadConstraints.builder().maxStringLength(longest).build())
                .build();
        CsvSchema.Builder schema = CsvSchema.builder().setColumnSeparator(separator);
        if (!quoted) {
            schema.disableQuoteChar();
        }
        CsvParser opened = factory.createParser(text);
        opened.setSchema(schema.build());
        return opened;
    }

    /** The columns that are read, with their places in a row. */
    private Map<String, Integer> places(RawRow header) {
        List<String> names = header.fields.stream().map(String::strip).toList();
        Map<String, Integer> places = new LinkedHashMap<>();
        for (String column : columns) {
            int place = names.indexOf(column);
            if (place < 0) {
                throw header.source.missingColumn(
                        "a column " + StrictJson.quoted(column) + " in the header",
                        (names.size() == 1 ? "the column " : "the columns ") + NamedFields.quoted(names),
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
    private @Nullable RawRow nextRow() throws IOException {
        SourceLine source = new SourceLine(name, 1);
        try {
            if (parser.nextToken() == null) {
                return null;
            }
            source = new SourceLine(name, Math.max(1, parser.currentLocation().getLineNr()));
            List<String> fields = new ArrayList<>();
            for (JsonToken token = parser.nextToken();
                    token != null && token != JsonToken.END_ARRAY;
                    token = parser.nextToken()) {
                if (fields.size() == MOST_COLUMNS) {
                    throw source.problem(
                            "at most " + MOST_COLUMNS + " fields",
                            "more",
                            "Name a file whose rows end with their lines");
                }
                fields.add(parser.getText());
            }
            return new RawRow(source, fields);
        } catch (StreamConstraintsException e) {
            throw source.problem(
                    "fields of at most " + longest + " characters",
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
                        ? "Correct the quotes, or name the format tsv-unquoted, in which quotes are characters like all others"
                        : "Correct the quotes");
    }
}
