package io.github.cloze4j.inference;

import org.jspecify.annotations.Nullable;

/**
 * A text, or a pair of texts, for a model.
 *
 * @param text the text, or the first of the pair
 * @param pair the second text; null if there is one text only
 */
public record TextPair(String text, @Nullable String pair) {
    /** One text. */
    public static TextPair of(String text) {
        return new TextPair(text, null);
    }
}
