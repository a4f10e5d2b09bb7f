package io.github.cloze4j.train;

import io.github.cloze4j.BackendException;

/** A model and a batch do not fit into the memory of the kernels. */
public final class BatchTooLargeException extends BackendException {
    private static final long serialVersionUID = 1;

    private final int largest;

    BatchTooLargeException(String message, int largest) {
        super(message);
        this.largest = largest;
    }

    /** The largest batch that fits; 0 if none does. */
    public int largest() {
        return largest;
    }
}
