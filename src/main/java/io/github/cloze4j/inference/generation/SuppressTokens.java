package io.github.cloze4j.inference.generation;

import java.util.Arrays;

/**
 * Forbids tokens that no text may have.
 *
 * @param ids the forbidden tokens
 * @param vocabulary the number of tokens that the tokenizer knows; ids from there on are forbidden
 */
record SuppressTokens(int[] ids, int vocabulary) implements LogitsProcessor {
    @Override
    public void process(TokenSequence sequence, double[] scores) {
        for (int id : ids) {
            scores[id] = Double.NEGATIVE_INFINITY;
        }
        Arrays.fill(scores, vocabulary, scores.length, Double.NEGATIVE_INFINITY);
    }
}
