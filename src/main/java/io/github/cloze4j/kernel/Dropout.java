package io.github.cloze4j.kernel;

/**
 * One dropout mask. Element {@code i} is kept where the {@code i}-th draw of (seed, step, site), as {@link DropoutMask}
 * defines it, is at or above {@code probability}; kept elements are scaled by {@code 1 / (1 - probability)}. Forward and backward name the
 * same mask, so nothing has to be stored.
 *
 * @param probability in [0, 1); 0 keeps everything
 * @param seed of the run
 * @param step a number that differs for every micro-batch of the run
 * @param site a number that differs for every dropout of the model
 */
public record Dropout(double probability, long seed, long step, int site) {
    /** Keeps everything. */
    public static final Dropout NONE = new Dropout(0, 0, 0, 0);

    /** Checks the range of the probability. */
    public Dropout {
        if (!(probability >= 0 && probability < 1)) {
            throw new IllegalArgumentException("Expected a dropout probability in [0, 1). Received: " + probability);
        }
    }
}
