package io.github.cloze4j.inference.generation;

import java.util.List;

/**
 * Forbids sequences of tokens: the last token of each, after the others.
 *
 * @param sequences at least one token each
 */
record BadWords(List<int[]> sequences) implements LogitsProcessor {
    @Override
    public void process(TokenSequence sequence, double[] scores) {
        for (int[] bad : sequences) {
            if (sequence.endsWith(bad, bad.length - 1)) {
                scores[bad[bad.length - 1]] = Double.NEGATIVE_INFINITY;
            }
        }
    }
}
