package io.github.cloze4j.inference;

import java.util.List;

/**
 * A text as a model tags it.
 *
 * @param words every word, from left to right
 * @param spans the spans that the tags mark, from left to right, read as {@link
 *     io.github.cloze4j.inference.tags.EntityReader#lenient} reads them; none if the tags mark no spans, such as parts of speech
 * @param windows the windows in which the text was read
 */
public record TaggedText(List<TaggedWord> words, List<TaggedSpan> spans, int windows) {
    /** Copies the lists. */
    public TaggedText {
        words = List.copyOf(words);
        spans = List.copyOf(spans);
    }
}
