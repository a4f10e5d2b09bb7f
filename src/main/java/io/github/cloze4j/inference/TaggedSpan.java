package io.github.cloze4j.inference;

/**
 * A span of words with a type, such as a name.
 *
 * @param type its type, such as {@code PER}; {@code _} if the tags are {@code B}, {@code I} and {@code O} alone
 * @param text the span as it is written in the text
 * @param start the index of its first {@code char} in the text
 * @param end the index after its last {@code char}
 * @param probability the mean of the probabilities of its words' tags, in [0, 1]
 */
public record TaggedSpan(String type, String text, int start, int end, double probability) {}
