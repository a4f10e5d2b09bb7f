package io.github.cloze4j.inference.generation;

/**
 * A text of a beam search.
 *
 * @param sequence its tokens
 * @param score the sum of the log-probabilities, as the processors have changed them
 * @param logProbability the sum of the log-probabilities that the model gives
 */
record Hypothesis(TokenSequence sequence, double score, double logProbability) {}
