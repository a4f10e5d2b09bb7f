package io.github.cloze4j.inference.generation;

import java.util.Arrays;

/** Forbids each token that would repeat an n-gram of the text. A size of 1 forbids every token that the text has. */
record NoRepeatNgram(int size) implements LogitsProcessor {
    @Override
    public void process(TokenSequence sequence, double[] scores) {
        int[] ids = sequence.ids();
        int begun = size - 1;
        int last = ids.length - begun;
        for (int i = 0; i + begun < ids.length; i++) {
            if (Arrays.equals(ids, i, i + begun, ids, last, ids.length)) {
                scores[ids[i + begun]] = Double.NEGATIVE_INFINITY;
            }
        }
    }
}
