package io.github.cloze4j.finetune.readers;

import io.github.cloze4j.CorpusException;
import io.github.cloze4j.corpus.PlainTextReader;
import io.github.cloze4j.corpus.records.TextLines;
import io.github.cloze4j.files.FileProblem;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The characters of a file of records, without a byte order mark and up to a limit. {@link #read(Path, ReadOptions, Reading)} logs how
 * many bytes could not be decoded. Not thread-safe.
 */
final class RecordText extends Reader {
    private static final Logger LOG = LoggerFactory.getLogger(RecordText.class);
    private static final char BYTE_ORDER_MARK = '\uFEFF';

    private final String name;
    private final PlainTextReader text;
    private final ReadOptions options;
    private long characters;

    private RecordText(String name, PlainTextReader text, ReadOptions options) {
        this.name = name;
        this.text = text;
        this.options = options;
    }

    /** Reads all of an open text. */
    @FunctionalInterface
    interface Reading<T> {
        T read(RecordText text) throws IOException;
    }

    /** Opens a file, reads it and closes it; {@link CorpusException} if it cannot be read. */
    static <T> T read(Path file, ReadOptions options, Reading<T> reading) {
        try (PlainTextReader plain = PlainTextReader.ofRecords(file, options.text())) {
            T read = reading.read(new RecordText(file.toString(), plain, options));
            plain.loss().ifPresent(loss -> LOG.warn("{}", loss));
            return read;
        } catch (IOException e) {
            throw unreadable(file.toString(), e);
        }
    }

    private static CorpusException unreadable(String name, IOException e) {
        return new CorpusException(
                name + ": Expected a file that can be read. Received: "
                        + FileProblem.of(e).sentences(),
                e);
    }

    /** The file's name for messages. */
    String name() {
        return name;
    }

    /** The most characters of a field or a line. */
    int maximumFieldCharacters() {
        return options.maximumFieldCharacters();
    }

    /** Throws {@link CorpusException} if the file cannot be read, so that other failures are those of its content. */
    @Override
    public int read(char[] target, int from, int count) {
        int read;
        try {
            read = text.read(target, from, count);
        } catch (IOException e) {
            throw unreadable(name, e);
        }
        if (characters == 0 && read > 0 && target[from] == BYTE_ORDER_MARK) {
            characters = 1;
            System.arraycopy(target, from + 1, target, from, read - 1);
            return read > 1 ? read - 1 : read(target, from, count);
        }
        characters += Math.max(0, read);
        if (characters > options.maximumCharacters()) {
            throw new CorpusException(name + ": Expected a file of at most " + options.maximumCharacters()
                    + " characters. Received: a longer one. Split the file");
        }
        return read;
    }

    @Override
    public void close() throws IOException {
        text.close();
    }

    /** The lines of the text. */
    TextLines lines() {
        return new TextLines(name, this, options.maximumFieldCharacters());
    }
}
