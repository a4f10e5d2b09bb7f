package io.github.cloze4j.cli;

import io.github.cloze4j.corpus.PlainTextReader;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * The texts of a command in blocks, so that memory does not grow with their number: the arguments, or the lines of a file. The
 * first block is read when the file is opened: a file that is no text is refused before a model is loaded. Not thread-safe.
 */
final class TextBlocks implements AutoCloseable {
    /** Texts of a block: enough to pack batches well. */
    static final int BLOCK_TEXTS = 1024;

    private static final int BLOCK_UNITS = 1 << 20;

    private final @Nullable PlainTextReader text;
    private final @Nullable BufferedReader lines;
    private final int most;
    private final Queue<List<String>> known = new ArrayDeque<>();

    private TextBlocks(@Nullable PlainTextReader text, int most) {
        this.text = text;
        this.most = most;
        lines = text == null ? null : new BufferedReader(text);
    }

    /**
     * Texts that are in memory, such as arguments.
     *
     * @param most the most texts of a block
     */
    static TextBlocks of(List<String> texts, int most) {
        TextBlocks blocks = new TextBlocks(null, most);
        for (int first = 0; first < texts.size(); first += most) {
            blocks.known.add(texts.subList(first, Math.min(first + most, texts.size())));
        }
        return blocks;
    }

    /**
     * The lines of a file.
     *
     * @param file null for the standard input
     * @param most the most texts of a block
     * @throws io.github.cloze4j.CorpusException if the file cannot be read, or its beginning is no plain text
     */
    static TextBlocks open(@Nullable Path file, TextReadingOptions reading, int most) throws IOException {
        TextBlocks blocks = new TextBlocks(TextInput.reader(file, reading), most);
        try {
            blocks.known.add(blocks.read());
            return blocks;
        } catch (IOException | RuntimeException e) {
            blocks.close();
            throw e;
        }
    }

    /** The next block; empty at the end. */
    List<String> next() throws IOException {
        List<String> block = known.poll();
        return block == null ? read() : block;
    }

    private List<String> read() throws IOException {
        List<String> block = new ArrayList<>();
        long units = 0;
        while (lines != null && block.size() < most && units < BLOCK_UNITS) {
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
