package io.github.cloze4j;

/**
 * A file that should hold plain text is in another encoding or is no plain text at all. The cure is another encoding,
 * another file, or to insist.
 */
public final class PlainTextException extends CorpusException {
    /** Says what was expected, what was received and what to do, in one line. */
    public PlainTextException(String message) {
        super(message);
    }
}
