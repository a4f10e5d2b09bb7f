package io.github.cloze4j.inference;

/**
 * A token that fits a gap.
 *
 * @param token as it stands in the vocabulary, {@code ##} included
 * @param id its id
 * @param probability in [0, 1], over the whole vocabulary
 */
public record Prediction(String token, int id, double probability) {}
