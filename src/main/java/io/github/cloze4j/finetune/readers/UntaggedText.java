package io.github.cloze4j.finetune.readers;

import io.github.cloze4j.corpus.records.SourceLine;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A text whose words are to be tagged.
 *
 * @param text the text; with one blank between the words if the file has words
 * @param words the place of each word, from left to right; null if the words are those that the tokenizer makes of the text
 * @param source the place of the record
 */
public record UntaggedText(String text, @Nullable List<Span> words, SourceLine source) {
    /** Copies the list. */
    public UntaggedText {
        words = words == null ? null : List.copyOf(words);
    }

    /** The places of words with one blank between them. */
    static List<Span> places(List<String> words) {
        List<Span> places = new ArrayList<>();
        int start = 0;
        for (String word : words) {
            places.add(new Span(start, start + word.length()));
            start += word.length() + 1;
        }
        return places;
    }
}
