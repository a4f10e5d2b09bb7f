package io.github.cloze4j.corpus;

import io.github.cloze4j.corpus.records.NamedFields;
import io.github.cloze4j.corpus.records.RecordReader;
import java.io.Closeable;
import java.io.IOException;
import java.io.StringReader;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The documents of a file of records: one a record, or several if it is longer than a document may be. Not thread-safe. */
final class RecordDocuments implements DocumentSource {
    private final RecordReader records;
    private final Closeable file;
    private final List<FieldPath> fields;
    private final SkippedRecords skipped;
    private final SentenceText document = new SentenceText();
    private @Nullable DocumentReader parts;

    /**
     * The documents.
     *
     * @param file closed with the documents
     * @param skipped counts the records without text
     */
    RecordDocuments(RecordReader records, Closeable file, List<String> fields, SkippedRecords skipped) {
        this.records = records;
        this.file = file;
        this.fields = fields.stream().map(FieldPath::new).toList();
        this.skipped = skipped;
    }

    @Override
    public @Nullable String next() throws IOException {
        while (true) {
            String part = parts == null ? null : parts.next();
            if (part != null) {
                return part;
            }
            parts = null;
            NamedFields record = records.next();
            if (record == null) {
                return null;
            }
            fields.forEach(field -> field.addTo(document, record));
            String text = document.take();
            if (text.isEmpty()) {
                skipped.add(record.source());
            } else if (text.length() < DocumentReader.MAX_DOCUMENT_LENGTH) {
                return text;
            } else {
                // Cut where a document of plain text is cut.
                parts = new DocumentReader(new StringReader(text), DocumentBoundary.BLANK_LINE);
            }
        }
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
