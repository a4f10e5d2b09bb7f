package io.github.cloze4j;

/** Training met a loss or a gradient that is not finite; nothing of the poisoned step was applied or saved. */
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
