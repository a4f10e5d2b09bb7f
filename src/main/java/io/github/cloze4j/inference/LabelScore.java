package io.github.cloze4j.inference;

/**
 * A label with what a model gives it.
 *
 * @param label its name
 * @param id its number
 * @param score a probability in [0, 1], or the number itself of regression
 */
public record LabelScore(String label, int id, double score) {}
