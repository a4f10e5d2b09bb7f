package io.github.cloze4j.inference.generation;

import java.util.Arrays;

/**
 * Keeps the tokens that are at least {@code p} times as probable as the most probable one (Nguyen et al., 2024). Probabilities are
 * compared as {@code float}s, as {@code transformers} does.
 */
record MinP(double p) implements LogitsProcessor {
    @Override
    public void process(TokenSequence sequence, double[] scores) {
        double highest = Arrays.stream(scores).max().orElseThrow();
        float lowest = (float) p;
        for (int id = 0; id < scores.length; id++) {
            if ((float) Math.exp(scores[id] - highest) < lowest) {
                scores[id] = Double.NEGATIVE_INFINITY;
            }
        }
    }
}
