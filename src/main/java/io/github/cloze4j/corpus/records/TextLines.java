package io.github.cloze4j.corpus.records;

import java.io.IOException;
import java.io.Reader;
import org.jspecify.annotations.Nullable;

/** The lines of a text, each without its end (line feed, carriage return or both), and up to a length. Not thread-safe. */
public final class TextLines {
    private static final int INPUT_LENGTH = 1 << 15;

    private final String name;
    private final Reader text;
    private final int longest;
    private final char[] input = new char[INPUT_LENGTH];
    private int inputAt;
    private int inputEnd;
    private long number;
    private boolean afterReturn;

    /**
     * The lines of a text.
     *
     * @param name the name of the text in messages
     * @param text the text from its start; the caller closes it
     * @param longest the most characters of a line
     */
    public TextLines(String name, Reader text, int longest) {
        this.name = name;
        this.text = text;
        this.longest = longest;
    }

    /**
     * The next line; null at the end.
     *
     * @throws io.github.cloze4j.CorpusException if the line is too long
     */
    public @Nullable String next() throws IOException {
        number++;
        StringBuilder line = new StringBuilder();
        while (inputAt < inputEnd || fill()) {
            if (afterReturn) {
                afterReturn = false;
                if (input[inputAt] == '\n') {
                    inputAt++;
                    continue;
                }
            }
            int end = inputAt;
            while (end < inputEnd && input[end] != '\n' && input[end] != '\r') {
                end++;
            }
            if (end - inputAt > longest - line.length()) {
                throw source().problem(
                                "a line of at most " + longest + " characters", "a longer one", "Split the record");
            }
            line.append(input, inputAt, end - inputAt);
            inputAt = end;
            if (end < inputEnd) {
                afterReturn = input[inputAt++] == '\r';
                return line.toString();
            }
        }
        return line.length() == 0 ? null : line.toString();
    }

    private boolean fill() throws IOException {
        inputAt = 0;
        inputEnd = Math.max(0, text.read(input, 0, INPUT_LENGTH));
        return inputEnd > 0;
    }

    /** The place of the latest line. */
    public SourceLine source() {
        return new SourceLine(name, number);
    }
}
