package io.github.cloze4j.finetune;

import io.github.cloze4j.finetune.readers.TaggedWords;
import java.util.List;

/**
 * The words of a sentence that tokens carry: all but those of which nothing remains when they are normalized.
 *
 * @param sentence the sentence
 * @param words the numbers of the words, from left to right, at least one
 */
record ReadWords(TaggedWords sentence, List<Integer> words) {
    /** Copies the list. */
    ReadWords {
        words = List.copyOf(words);
    }

    /** The right tags of these words. */
    List<String> tags() {
        return words.stream().map(sentence.tags()::get).toList();
    }

    /** A word in its sentence, for people: {@code "bank" in: the bank of the river}. */
    String inSentence(int word) {
        String written = sentence.words().get(words.get(word)).of(sentence.text());
        return '"' + written + "\" in: " + sentence.text();
    }
}
