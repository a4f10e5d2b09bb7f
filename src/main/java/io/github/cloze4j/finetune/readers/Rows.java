package io.github.cloze4j.finetune.readers;

import io.github.cloze4j.CorpusException;
import io.github.cloze4j.files.StrictJson;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
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
            if (format == DataFormat.JSON_LINES) {
                readJsonLines(text, row -> read.add(toRecord.apply(row)));
            } else {
                char separator = format == DataFormat.CSV ? ',' : '\t';
                new Table(text, separator, format != DataFormat.TSV_UNQUOTED)
                        .read(columns, row -> read.add(toRecord.apply(row)));
            }
            return read;
        });
        return requireAny(file, records);
    }

    /** Reads a record a line; blank lines are records too. */
    static <T> List<T> readLines(Path file, ReadOptions options, BiFunction<String, SourceLine, T> toRecord) {
        List<T> records = RecordText.read(file, options, text -> {
            RecordText.Lines lines = text.new Lines();
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
        RecordText.Lines lines = text.new Lines();
        for (String line = lines.next(); line != null; line = lines.next()) {
            if (line.isBlank()) {
                continue;
            }
            Row row = new Row(lines.source(), new LinkedHashMap<>());
            try {
                StrictJson.parseTree(line).properties().forEach(field -> row.fields()
                        .put(field.getKey(), field.getValue()));
            } catch (IOException e) {
                String found = String.valueOf(e.getMessage()).replace(" at line 1, column", " at column");
                throw row.source().problem("a JSON object", found, "Correct the line");
            }
            receiver.receive(row);
        }
    }
}
