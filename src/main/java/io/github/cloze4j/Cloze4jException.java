package io.github.cloze4j;

import org.jspecify.annotations.Nullable;

/** The root of what Cloze4J throws for files, formats and backends; wrong arguments are {@link IllegalArgumentException}. */
public class Cloze4jException extends RuntimeException {
    /** Says what was expected, what was received and what to do, in one line. */
    public Cloze4jException(String message) {
        super(message);
    }

    /** As {@link #Cloze4jException(String)}, with the failure behind it. */
    public Cloze4jException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
