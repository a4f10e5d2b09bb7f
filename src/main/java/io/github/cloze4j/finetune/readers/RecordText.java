package io.github.cloze4j.finetune.readers;

import io.github.cloze4j.CorpusException;
import io.github.cloze4j.corpus.PlainTextReader;
import io.github.cloze4j.files.FileProblem;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
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

    /** The lines of the text, each without its end (line feed, carriage return or both), and up to a length. */
    final class Lines {
        private final BufferedReader reader = new BufferedReader(RecordText.this);
        private final StringBuilder line = new StringBuilder();
        private long number;
        private boolean afterReturn;

        /** The next line; null at the end. */
        @Nullable
        String next() throws IOException {
            line.setLength(0);
            number++;
            for (int c = reader.read(); c >= 0; c = reader.read()) {
                boolean secondHalf = afterReturn && c == '\n';
                afterReturn = c == '\r';
                if (secondHalf) {
                    continue;
                }
                if (c == '\n' || c == '\r') {
                    return line.toString();
                }
                if (line.length() == options.maximumFieldCharacters()) {
                    throw source().problem(
                                    "a line of at most " + options.maximumFieldCharacters() + " characters",
                                    "a longer one",
                                    "Split the record");
                }
                line.append((char) c);
            }
            return line.length() == 0 ? null : line.toString();
        }

        /** The place of the latest line. */
        SourceLine source() {
            return new SourceLine(name, number);
        }
    }
}
