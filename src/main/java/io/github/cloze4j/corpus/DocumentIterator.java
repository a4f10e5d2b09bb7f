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
    private final DocumentBoundary boundary;
    private final TextOptions options;
    private final Function<String, @Nullable String> extract;
    private final UndecodableBytes undecodable;
    private @Nullable DocumentReader reader;
    private String sourceName = "";
    private @Nullable String next;
    private long found;

    /**
     * The documents.
     *
     * @param extract makes a document of what the boundary delimits; null if that holds none
     * @param undecodable counts what is no text
     */
    DocumentIterator(
            String description,
            List<TextSource> sources,
            DocumentBoundary boundary,
            TextOptions options,
            Function<String, @Nullable String> extract,
            UndecodableBytes undecodable) {
        this.description = description;
        this.sources = sources.iterator();
        this.boundary = boundary;
        this.options = options;
        this.extract = extract;
        this.undecodable = undecodable;
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
                    reader = new DocumentReader(source.reader(options, undecodable), boundary);
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
                    + ". Received: nothing but white space. Name a corpus that holds text.");
        }
    }

    @Override
    public void close() {
        DocumentReader open = reader;
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
