package io.github.cloze4j.cli.finetune;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.SequenceWriter;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.dataformat.csv.CsvGenerator;
import com.fasterxml.jackson.dataformat.csv.CsvMapper;
import com.fasterxml.jackson.dataformat.csv.CsvSchema;
import io.github.cloze4j.finetune.readers.DataFormat;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;

/** Writes answers as a table, or as JSON lines. Not thread-safe. */
final class AnswerWriter implements AutoCloseable {
    private final OutputStream stream;
    private final SequenceWriter writer;
    private final boolean isTable;

    private AnswerWriter(OutputStream stream, SequenceWriter writer, boolean isTable) {
        this.stream = stream;
        this.writer = writer;
        this.isTable = isTable;
    }

    /**
     * A writer of a file, in UTF-8.
     *
     * @param format {@code csv}, {@code tsv} or {@code jsonl}
     * @throws IllegalArgumentException if answers are not written in this format
     */
    static AnswerWriter of(DataFormat format, List<String> columns, OutputStream stream) throws IOException {
        return switch (requireWritten(format)) {
            case CSV -> table(',', columns, true, stream);
            case TSV -> table('\t', columns, true, stream);
            default ->
                new AnswerWriter(
                        stream,
                        JsonMapper.builder()
                                .build()
                                .writer()
                                .withRootValueSeparator("")
                                .without(JsonGenerator.Feature.AUTO_CLOSE_TARGET)
                                .writeValues(stream),
                        false);
        };
    }

    /** The format, which answers are written in; {@link IllegalArgumentException} if they are not. */
    static DataFormat requireWritten(DataFormat format) {
        if (format != DataFormat.CSV && format != DataFormat.TSV && format != DataFormat.JSON_LINES) {
            throw new IllegalArgumentException(
                    "Expected a file of answers that ends in .csv, .tsv or .jsonl. Received: the format " + format
                            + ". Name another file");
        }
        return format;
    }

    /** A writer of lines for people: tabs between the columns, no header. */
    static AnswerWriter forPeople(List<String> columns, OutputStream stream) throws IOException {
        return table('\t', columns, false, stream);
    }

    private static AnswerWriter table(char separator, List<String> columns, boolean header, OutputStream stream)
            throws IOException {
        CsvSchema.Builder schema =
                CsvSchema.builder().setColumnSeparator(separator).setUseHeader(header);
        columns.forEach(schema::addColumn);
        return new AnswerWriter(
                stream,
                CsvMapper.builder()
                        .enable(CsvGenerator.Feature.STRICT_CHECK_FOR_QUOTING)
                        .disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET)
                        .build()
                        .writer(schema.build())
                        .writeValues(stream),
                true);
    }

    void write(Predictor.Answered answer) throws IOException {
        if (isTable) {
            for (List<Object> row : answer.rows()) {
                writer.write(row);
            }
        } else {
            writer.write(answer.fields());
            stream.write('\n');
        }
    }

    @Override
    public void close() throws IOException {
        writer.close();
    }
}
