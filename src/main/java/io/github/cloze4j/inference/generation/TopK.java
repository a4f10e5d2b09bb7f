package io.github.cloze4j.inference.generation;

import java.util.Arrays;

/** Keeps the {@code k} tokens with the highest scores, and all that are equal to the last of them (Fan et al., 2018). */
record TopK(int k) implements LogitsProcessor {
    @Override
    public void process(TokenSequence sequence, double[] scores) {
        if (k >= scores.length) {
            return;
        }
        double[] sorted = scores.clone();
        Arrays.sort(sorted);
        double lowestKept = sorted[sorted.length - k];
        for (int id = 0; id < scores.length; id++) {
            if (scores[id] < lowestKept) {
                scores[id] = Double.NEGATIVE_INFINITY;
            }
        }
    }
}
