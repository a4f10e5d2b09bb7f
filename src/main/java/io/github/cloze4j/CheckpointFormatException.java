package io.github.cloze4j;

import org.jspecify.annotations.Nullable;

/** A model, checkpoint or shard on disk is damaged, foreign or incomplete. */
public final class CheckpointFormatException extends Cloze4jException {
    /** Says what was expected, what was received and what to do, in one line. */
    public CheckpointFormatException(String message) {
        super(message);
    }

    /** As {@link #CheckpointFormatException(String)}, with the failure behind it. */
    public CheckpointFormatException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
