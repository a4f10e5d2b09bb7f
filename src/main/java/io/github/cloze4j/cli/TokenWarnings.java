package io.github.cloze4j.cli;

import java.util.Locale;

/** Figures of tokens that make a result worth little, and are said. */
public final class TokenWarnings {
    /** Above this share of unknown tokens a vocabulary does not fit its text. */
    static final double MOST_UNKNOWN = 0.03;

    /** Below this number of masked tokens a score depends on which tokens were masked. */
    static final long FEWEST_SCORED = 1000;

    private static final double PERCENT = 100;

    private TokenWarnings() {}

    /** A share for people. */
    public static String percent(double share) {
        return String.format(Locale.ROOT, "%.2f %%", PERCENT * share);
    }

    public static void unknown(double share, Console console) {
        if (share > MOST_UNKNOWN) {
            console.warn(percent(share) + " of the tokens are unknown ([UNK]), so that the model does not see their"
                    + " words: the vocabulary does not fit this text. Use one that was trained on such text");
        }
    }

    static void fewScored(long words, Console console) {
        if (words < FEWEST_SCORED) {
            console.warn("the score rests on " + words + (words == 1 ? " predicted token" : " predicted tokens")
                    + "; below " + FEWEST_SCORED + " it is uncertain. Score the model on more text");
        }
    }
}
