package io.github.cloze4j.corpus;

import io.github.cloze4j.CorpusException;
import io.github.cloze4j.corpus.parquet.ParquetRecords;
import io.github.cloze4j.corpus.records.JsonLinesReader;
import io.github.cloze4j.corpus.records.NamedFields;
import io.github.cloze4j.corpus.records.RecordReader;
import io.github.cloze4j.corpus.records.TableReader;
import io.github.cloze4j.corpus.records.TextLines;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PushbackReader;
import java.io.Reader;
import java.io.SequenceInputStream;
import java.io.Writer;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** One reading of a corpus: opens its files, each in its format, and counts what is lost and skipped. Not thread-safe. */
final class CorpusReading {
    /** The most characters of a line of JSON or of a field of a table: a longer one must not fill the memory. */
    private static final int LONGEST_RECORD = 1 << 24;

    private static final char BYTE_ORDER_MARK = '\uFEFF';

    private final DocumentBoundary boundary;
    private final TextOptions text;
    private final RecordOptions records;
    private final UndecodableBytes undecodable;
    private final SkippedRecords skipped = new SkippedRecords();

    /**
     * A reading.
     *
     * @param boundary the end of documents of plain text
     * @param bytes the length of all files together, as far as it is known
     */
    CorpusReading(DocumentBoundary boundary, TextOptions text, RecordOptions records, long bytes) {
        this.boundary = boundary;
        this.text = text;
        this.records = records;
        undecodable = new UndecodableBytes(bytes);
    }

    /** Opens a file at its start. */
    DocumentSource open(TextSource source) throws IOException {
        InputStream opened = source.opener().open();
        try {
            byte[] head = opened.readNBytes(PlainTextReader.INPUT_LENGTH);
            InputStream whole = new SequenceInputStream(new ByteArrayInputStream(head), opened);
            RecordFormat format = format(source, head);
            return format == null ? new DocumentReader(plain(source, whole), boundary) : records(source, whole, format);
        } catch (IOException | RuntimeException e) {
            opened.close();
            throw e;
        }
    }

    /**
     * Refuses a file whose beginning shows that it cannot be read, before others are read for hours. A pipe is not opened.
     *
     * @return whether a record is a document; false for plain text and for a pipe
     * @throws CorpusException if the file is neither plain text nor a file of records with these fields, or cannot be read
     */
    boolean isRecords(TextSource source) {
        if (!source.repeatable()) {
            return records.format() != null;
        }
        try (InputStream opened = source.opener().open()) {
            byte[] head = opened.readNBytes(PlainTextReader.INPUT_LENGTH);
            RecordFormat format = format(source, head);
            if (format == null) {
                plain(source, new ByteArrayInputStream(head)).transferTo(Writer.nullWriter());
                return false;
            }
            InputStream whole = new SequenceInputStream(new ByteArrayInputStream(head), opened);
            records(source, whole, format).next();
            return true;
        } catch (IOException e) {
            throw TextSource.unreadable(source.name(), e);
        }
    }

    /** The format of a file of records; null for plain text, and for all else, which the reader of plain text refuses. */
    private @Nullable RecordFormat format(TextSource source, byte[] head) {
        if (text.anyContent()) {
            return null;
        }
        return records.format() == null ? ForeignFormat.records(source.name(), head) : records.format();
    }

    private PlainTextReader plain(TextSource source, InputStream bytes) {
        return new PlainTextReader(source.name(), bytes, text, source.length(), undecodable, false);
    }

    private DocumentSource records(TextSource source, InputStream bytes, RecordFormat format) throws IOException {
        if (format == RecordFormat.PARQUET) {
            bytes.close();
            return parquet(source);
        }
        PlainTextReader decoded = new PlainTextReader(source.name(), bytes, text, source.length(), undecodable, true);
        Reader characters = withoutMark(decoded);
        RecordReader reader =
                switch (format) {
                    case JSON_LINES -> new JsonLinesReader(new TextLines(source.name(), characters, LONGEST_RECORD));
                    case CSV -> table(source, characters, ',', true);
                    case TSV -> table(source, characters, '\t', true);
                    case TSV_UNQUOTED -> table(source, characters, '\t', false);
                    case PARQUET -> throw new IllegalStateException("Parquet is not read as characters");
                };
        return new RecordDocuments(reader, decoded, records.fields(), skipped);
    }

    private DocumentSource parquet(TextSource source) throws IOException {
        Path file = source.file();
        if (file == null) {
            throw new CorpusException("Expected Parquet in a file that can be read at any place. Received: "
                    + source.name() + ", a pipe or a packed file. Save or unpack it, and name the file");
        }
        FileState before = FileState.of(file);
        ParquetRecords rows = parquet(file, records.fields());
        RecordReader reader = () -> {
            NamedFields row = rows.next();
            if (row == null) {
                before.requireUnchanged();
            }
            return row;
        };
        return new RecordDocuments(reader, rows, records.fields(), skipped);
    }

    private static ParquetRecords parquet(Path file, List<String> fields) throws IOException {
        try {
            return ParquetRecords.open(file, fields);
        } catch (LinkageError absent) {
            throw new CorpusException(
                    "Expected the libraries of Parquet on the class path, to read " + file
                            + ". Received: none that work here (" + absent
                            + "). Add the Maven dependency org.apache.parquet:parquet-column:1.18.1",
                    absent);
        }
    }

    private RecordReader table(TextSource source, Reader characters, char separator, boolean quoted)
            throws IOException {
        return new TableReader(source.name(), characters, separator, quoted, LONGEST_RECORD, records.fields());
    }

    private static Reader withoutMark(Reader text) throws IOException {
        PushbackReader reader = new PushbackReader(text);
        int first = reader.read();
        if (first >= 0 && first != BYTE_ORDER_MARK) {
            reader.unread(first);
        }
        return reader;
    }

    /** For people: what was lost and skipped so far, in a sentence each. */
    List<String> losses() {
        return Stream.of(undecodable.describe(text.encoding()), skipped.describe(records.fields()))
                .flatMap(Optional::stream)
                .toList();
    }
}
