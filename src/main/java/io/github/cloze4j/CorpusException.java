package io.github.cloze4j;

import org.jspecify.annotations.Nullable;

/** A corpus, a file of labelled texts or a vocabulary cannot be read, is wrong, or holds nothing that can be trained on. */
public sealed class CorpusException extends Cloze4jException permits PlainTextException, MissingColumnException {
    /** Says what was expected, what was received and what to do, in one line. */
    public CorpusException(String message) {
        super(message);
    }

    /** As {@link #CorpusException(String)}, with the failure behind it. */
    public CorpusException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
