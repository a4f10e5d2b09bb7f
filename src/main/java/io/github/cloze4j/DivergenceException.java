package io.github.cloze4j;

/** Training met a loss, a gradient or parameters that are not finite; nothing poisoned was saved. */
public final class DivergenceException extends Cloze4jException {
    private final long step;

    /** @param step the optimizer step, counted from 1, in which it was seen */
    public DivergenceException(String message, long step) {
        super(message);
        this.step = step;
    }

    /** The optimizer step, counted from 1, in which it was seen. */
    public long step() {
        return step;
    }
}
