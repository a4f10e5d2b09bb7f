package io.github.cloze4j.corpus;

import io.github.cloze4j.CorpusException;
import java.io.IOException;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The documents of several texts, one text open at a time. */
final class DocumentIterator implements Iterator<String>, AutoCloseable {
    private final String description;
    private final Iterator<TextSource> sources;
    private final CorpusReading reading;
    private final Function<String, @Nullable String> extract;
    private @Nullable DocumentSource reader;
    private String sourceName = "";
    private @Nullable String next;
    private long found;

    /**
     * The documents.
     *
     * @param reading opens the texts
     * @param extract makes a document of what the boundary delimits; null if that holds none
     */
    DocumentIterator(
            String description,
            List<TextSource> sources,
            CorpusReading reading,
            Function<String, @Nullable String> extract) {
        this.description = description;
        this.sources = sources.iterator();
        this.reading = reading;
        this.extract = extract;
    }

    /** Whether there is another document; the first call on a corpus without any says so by a {@link CorpusException}. */
    @Override
    public boolean hasNext() {
        while (next == null) {
            try {
                if (reader == null) {
                    if (!sources.hasNext()) {
                        requireDocuments();
                        return false;
                    }
                    TextSource source = sources.next();
                    sourceName = source.name();
                    reader = reading.open(source);
                }
                String text = reader.next();
                if (text == null) {
                    close();
                } else {
                    next = extract.apply(text);
                }
            } catch (IOException e) {
                throw TextSource.unreadable(sourceName, e);
            }
        }
        return true;
    }

    @Override
    public String next() {
        if (!hasNext() || next == null) {
            throw new NoSuchElementException();
        }
        String document = next;
        next = null;
        found++;
        return document;
    }

    private void requireDocuments() {
        if (found == 0) {
            throw new CorpusException("Expected at least one document in " + description
                    + ". Received: no text. Name a corpus that holds text.");
        }
    }

    @Override
    public void close() {
        DocumentSource open = reader;
        reader = null;
        if (open != null) {
            try {
                open.close();
            } catch (IOException e) {
                throw TextSource.unreadable(sourceName, e);
            }
        }
    }
}
