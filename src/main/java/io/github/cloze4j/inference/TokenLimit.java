package io.github.cloze4j.inference;

/**
 * The most tokens that a model reads at a time, and what happens to a text that has more.
 *
 * @param maxTokens tokens of a text or a window of it, {@code [CLS]} and {@code [SEP]} included, at least 3
 * @param overlap tokens that a window has in common with the next one, at least 0: a long text is read in windows. {@link #CUT}
 *     cuts the end of a long text off
 */
public record TokenLimit(int maxTokens, int overlap) {
    /** The overlap that stands for cutting. */
    public static final int CUT = -1;

    /** {@code [CLS]}, a token and {@code [SEP]}. */
    private static final int FEWEST = 3;

    /** The ratio of windows and their overlap in {@code run_qa.py} of {@code transformers}: 384 to 128. */
    private static final int WINDOW_OF_OVERLAPS = 3;

    /** Checks the ranges. */
    public TokenLimit {
        if (maxTokens < FEWEST) {
            throw new IllegalArgumentException(
                    "Expected at least " + FEWEST + " tokens for a text. Received: " + maxTokens);
        }
        if (overlap < CUT || overlap > maxTokens - FEWEST) {
            throw new IllegalArgumentException("Expected an overlap of windows from 0 to " + (maxTokens - FEWEST)
                    + ", less than a window of " + maxTokens + " tokens has. Received: " + overlap);
        }
    }

    /** Long texts lose their end. */
    public static TokenLimit cut(int maxTokens) {
        return new TokenLimit(maxTokens, CUT);
    }

    /** Long texts are read in windows that overlap. */
    public static TokenLimit windows(int maxTokens, int overlap) {
        return new TokenLimit(maxTokens, Math.max(0, overlap));
    }

    /** This limit; if it cuts, one with as many tokens in windows that overlap by a third. */
    public TokenLimit withoutCutting() {
        return cuts() ? windows(maxTokens, Math.min(maxTokens / WINDOW_OF_OVERLAPS, maxTokens - FEWEST)) : this;
    }

    /** Whether long texts are cut. */
    public boolean cuts() {
        return overlap == CUT;
    }
}
