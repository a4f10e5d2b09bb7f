package io.github.cloze4j.cli;

import io.github.cloze4j.corpus.PlainTextReader;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The texts of a command in blocks, so that memory does not grow with their number: the arguments, or the lines of a file. The
 * first block is read when the file is opened: a file that is no text is refused before a model is loaded. Not thread-safe.
 */
final class TextBlocks implements AutoCloseable {
    private static final int BLOCK_TEXTS = 1024;
    private static final int BLOCK_UNITS = 1 << 20;

    private final @Nullable PlainTextReader text;
    private final @Nullable BufferedReader lines;
    private @Nullable List<String> first;

    private TextBlocks(@Nullable PlainTextReader text, @Nullable List<String> first) {
        this.text = text;
        this.first = first;
        lines = text == null ? null : new BufferedReader(text);
    }

    /** One block with all arguments. */
    static TextBlocks of(List<String> arguments) {
        return new TextBlocks(null, arguments);
    }

    /**
     * The lines of a file.
     *
     * @throws io.github.cloze4j.CorpusException if the file cannot be read, or its beginning is no plain text
     */
    static TextBlocks open(Path file, TextReadingOptions reading) throws IOException {
        TextBlocks blocks = new TextBlocks(TextInput.reader(file, reading), null);
        try {
            blocks.first = blocks.read();
            return blocks;
        } catch (IOException | RuntimeException e) {
            blocks.close();
            throw e;
        }
    }

    /** The next block; empty at the end. */
    List<String> next() throws IOException {
        List<String> block = first == null ? read() : first;
        first = null;
        return block;
    }

    private List<String> read() throws IOException {
        List<String> block = new ArrayList<>();
        long units = 0;
        while (lines != null && block.size() < BLOCK_TEXTS && units < BLOCK_UNITS) {
            String line = lines.readLine();
            if (line == null) {
                break;
            }
            block.add(line);
            units += line.length();
        }
        return block;
    }

    /** For people: what was lost so far to undecodable bytes; empty if nothing was. */
    Optional<String> loss() {
        return text == null ? Optional.empty() : text.loss();
    }

    @Override
    public void close() throws IOException {
        if (lines != null) {
            lines.close();
        }
    }
}
