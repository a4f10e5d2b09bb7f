package io.github.cloze4j;

import org.jspecify.annotations.Nullable;

/** A kernel provider or its native library cannot run here. */
public class BackendException extends Cloze4jException {
    /** Says what was expected, what was received and what to do, in one line. */
    public BackendException(String message) {
        super(message);
    }

    /** As {@link #BackendException(String)}, with the failure behind it. */
    public BackendException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
