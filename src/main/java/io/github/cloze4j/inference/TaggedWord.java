package io.github.cloze4j.inference;

import org.jspecify.annotations.Nullable;

/**
 * A word with the tag that a model gives it.
 *
 * @param text the word as it is written in the text
 * @param start the index of its first {@code char} in the text
 * @param end the index after its last {@code char}
 * @param tag its tag; null if nothing of the word remains when it is normalized, such as a control character, so that the model
 *     cannot read it
 * @param probability of the tag, in [0, 1]; 0 without a tag
 */
public record TaggedWord(
        String text, int start, int end, @Nullable String tag, double probability) {}
