package io.github.cloze4j.monitor;

import java.util.List;
import java.util.regex.Pattern;

/**
 * A text with masks, and the tokens that a model finds most probable there.
 *
 * @param text with {@code [MASK]} where a token is asked for
 * @param candidates for each mask, from left to right, its most probable tokens, best first
 */
public record FillMaskExample(String text, List<List<Candidate>> candidates) {
    /** How a mask is written in {@link #text}, whatever the model's vocabulary calls it. */
    public static final String MASK = "[MASK]";

    /** Copies the lists. */
    public FillMaskExample {
        candidates = candidates.stream().map(List::copyOf).toList();
        int masks = text.split(Pattern.quote(MASK), -1).length - 1;
        if (masks != candidates.size()) {
            throw new IllegalArgumentException("Expected a list of candidates for each " + MASK + ". Received: "
                    + candidates.size() + " for " + masks + " in \"" + text + "\"");
        }
    }

    /**
     * A token that a mask may stand for.
     *
     * @param token as the vocabulary has it, {@code ##} included
     * @param probability in [0, 1]
     */
    public record Candidate(String token, double probability) {
        /** Checks the range. */
        public Candidate {
            if (!(probability >= 0 && probability <= 1)) {
                throw new IllegalArgumentException("Expected a probability in [0, 1]. Received: " + probability);
            }
        }
    }
}
