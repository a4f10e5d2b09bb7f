package io.github.cloze4j.inference.generation;

import java.util.Arrays;

/**
 * Makes tokens that the text already has less probable (Keskar et al., 2019): a positive score is divided by the penalty, a
 * negative one multiplied by it. Each token is penalised once, however often it occurs. A penalty below 1 rewards repetition.
 */
record RepetitionPenalty(double penalty) implements LogitsProcessor {
    @Override
    public void process(TokenSequence sequence, double[] scores) {
        Arrays.stream(sequence.ids())
                .distinct()
                .forEach(id -> scores[id] = scores[id] < 0 ? scores[id] * penalty : scores[id] / penalty);
    }
}
