package io.github.cloze4j;

/** A table or a record of JSON lines lacks a column that is to be read. The cure is the name of another column, or another file. */
public final class MissingColumnException extends CorpusException {
    /** Says what was expected, what was received and what to do, in one line. */
    public MissingColumnException(String message) {
        super(message);
    }
}
