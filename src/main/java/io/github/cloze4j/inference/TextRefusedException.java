package io.github.cloze4j.inference;

/** One of several texts cannot be asked about. */
public final class TextRefusedException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    private final int index;

    TextRefusedException(int index, IllegalArgumentException refused) {
        super(refused.getMessage(), refused);
        this.index = index;
    }

    /** The number of the text among those of the call, from 0. */
    public int index() {
        return index;
    }
}
