package io.github.cloze4j.finetune.readers;

import io.github.cloze4j.CorpusException;
import io.github.cloze4j.corpus.records.JsonLinesReader;
import io.github.cloze4j.corpus.records.NamedFields;
import io.github.cloze4j.corpus.records.RecordReader;
import io.github.cloze4j.corpus.records.SourceLine;
import io.github.cloze4j.corpus.records.TableReader;
import io.github.cloze4j.corpus.records.TextLines;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Function;

/** Reads files whose records have named fields. */
final class Rows {
    private Rows() {}

    /**
     * Reads a table or JSON lines.
     *
     * @param columns the fields that every record must have
     * @param toRecord makes a record of a row with these fields
     * @return the records, at least one
     */
    static <T> List<T> read(Path file, ReadOptions options, Set<String> columns, Function<Row, T> toRecord) {
        DataFormat format = options.formatOf(
                file,
                "records with fields",
                DataFormat.CSV,
                DataFormat.TSV,
                DataFormat.TSV_UNQUOTED,
                DataFormat.JSON_LINES);
        List<T> records = RecordText.read(file, options, text -> {
            List<T> read = new ArrayList<>();
            forEach(reader(text, format, columns), row -> read.add(toRecord.apply(row)));
            return read;
        });
        return requireAny(file, records);
    }

    /** Reads a record a line; blank lines are records too. */
    static <T> List<T> readLines(Path file, ReadOptions options, BiFunction<String, SourceLine, T> toRecord) {
        List<T> records = RecordText.read(file, options, text -> {
            TextLines lines = text.lines();
            List<T> read = new ArrayList<>();
            for (String line = lines.next(); line != null; line = lines.next()) {
                read.add(toRecord.apply(line, lines.source()));
            }
            return read;
        });
        return requireAny(file, records);
    }

    private static <T> List<T> requireAny(Path file, List<T> records) {
        if (records.isEmpty()) {
            throw new CorpusException(
                    file + ": Expected at least one record. Received: none. Add records, or name another file");
        }
        return records;
    }

    /** Receives one row after the other. */
    @FunctionalInterface
    interface Receiver {
        void receive(Row row);
    }

    /** Reads one object a line; blank lines are skipped. */
    static void readJsonLines(RecordText text, Receiver receiver) throws IOException {
        forEach(new JsonLinesReader(text.lines()), receiver);
    }

    private static RecordReader reader(RecordText text, DataFormat format, Set<String> columns) throws IOException {
        if (format == DataFormat.JSON_LINES) {
            return new JsonLinesReader(text.lines());
        }
        char separator = format == DataFormat.CSV ? ',' : '\t';
        boolean quoted = format != DataFormat.TSV_UNQUOTED;
        return new TableReader(text.name(), text, separator, quoted, text.maximumFieldCharacters(), columns);
    }

    private static void forEach(RecordReader reader, Receiver receiver) throws IOException {
        for (NamedFields fields = reader.next(); fields != null; fields = reader.next()) {
            receiver.receive(new Row(fields));
        }
    }
}
