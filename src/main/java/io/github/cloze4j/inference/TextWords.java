package io.github.cloze4j.inference;

import java.util.List;

/**
 * A text whose words are known.
 *
 * @param text the text
 * @param words the places of the words, from left to right, without overlap
 */
public record TextWords(String text, List<TextSpan> words) {
    /** Copies the list. */
    public TextWords {
        words = List.copyOf(words);
    }
}
