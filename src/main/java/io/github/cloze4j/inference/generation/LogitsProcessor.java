package io.github.cloze4j.inference.generation;

/** One change of the scores of the next token, named and computed as in {@code transformers.generation.logits_process}. */
@FunctionalInterface
interface LogitsProcessor {
    /**
     * Changes the scores in place. A score of negative infinity forbids a token.
     *
     * @param sequence the text so far
     * @param scores {@code [vocabulary]} the score of each token as the next one
     */
    void process(TokenSequence sequence, double[] scores);
}
