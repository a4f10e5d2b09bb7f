package io.github.cloze4j.inference.tags;

/**
 * One entity of a sentence.
 *
 * @param type the type, such as {@code PER}; {@code _} if the tags have no types
 * @param start the first word
 * @param end the word after the last one
 */
public record EntitySpan(String type, int start, int end) {}
