package io.github.cloze4j.inference.generation;

/**
 * Forbids the token that ends a text until enough tokens are generated.
 *
 * @param minimum generated tokens before the end
 * @param endId the token that ends a text
 */
record MinNewTokens(int minimum, int endId) implements LogitsProcessor {
    @Override
    public void process(TokenSequence sequence, double[] scores) {
        if (sequence.generatedLength() < minimum) {
            scores[endId] = Double.NEGATIVE_INFINITY;
        }
    }
}
