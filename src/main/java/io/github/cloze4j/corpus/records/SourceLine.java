package io.github.cloze4j.corpus.records;

import io.github.cloze4j.CorpusException;
import io.github.cloze4j.MissingColumnException;

/**
 * The place of a record in its file, for messages.
 *
 * @param file the file as the caller named it
 * @param line the line in which the record begins, counted from 1; 0 for the file as a whole
 * @param unit what is counted, {@code line} or {@code row}
 */
public record SourceLine(String file, long line, String unit) {
    /** A place in a file of lines. */
    public SourceLine(String file, long line) {
        this(file, line, "line");
    }

    /**
     * Makes the exception for a wrong record: {@code FILE, line N: Expected X. Received: Y. Do Z}.
     *
     * @param expected what a right record has
     * @param received what this record has
     * @param cure what the user can do, without a full stop
     */
    public CorpusException problem(String expected, String received, String cure) {
        return new CorpusException(sentences(expected, received, cure));
    }

    /** As {@link #problem}, where the record lacks a column. */
    public MissingColumnException missingColumn(String expected, String received, String cure) {
        return new MissingColumnException(sentences(expected, received, cure));
    }

    private String sentences(String expected, String received, String cure) {
        return this + ": Expected " + expected + ". Received: " + received + ". " + cure;
    }

    @Override
    public String toString() {
        return line == 0 ? file : file + ", " + unit + " " + line;
    }
}
