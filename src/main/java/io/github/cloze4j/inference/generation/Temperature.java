package io.github.cloze4j.inference.generation;

/** Divides the scores: below 1 probable tokens become more probable, above 1 less. */
record Temperature(double temperature) implements LogitsProcessor {
    @Override
    public void process(TokenSequence sequence, double[] scores) {
        for (int id = 0; id < scores.length; id++) {
            scores[id] /= temperature;
        }
    }
}
