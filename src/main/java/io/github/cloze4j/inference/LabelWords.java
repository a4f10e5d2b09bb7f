package io.github.cloze4j.inference;

import java.util.HashSet;
import java.util.List;

/**
 * A label and the words that stand for it: the verbalizer of Schick and Schütze (2021).
 *
 * @param label the name of the label, in results
 * @param words at least one word or phrase, each different from the others; a model scores these and never sees the name
 */
public record LabelWords(String label, List<String> words) {
    /** Checks that nothing is blank and no word is there twice. */
    public LabelWords {
        words = List.copyOf(words);
        if (label.isBlank()) {
            throw new IllegalArgumentException("Expected a label. Received: a blank one. Name each label");
        }
        if (words.isEmpty() || words.stream().anyMatch(String::isBlank)) {
            throw new IllegalArgumentException("Expected words for the label " + InputTexts.quote(label)
                    + ". Received: " + (words.isEmpty() ? "none" : "a blank one") + ". Add a word");
        }
        if (new HashSet<>(words).size() < words.size()) {
            throw new IllegalArgumentException("Expected words that differ for the label " + InputTexts.quote(label)
                    + ". Received: " + words + ". Name each word once");
        }
    }

    /** A label that is its own word. */
    public static LabelWords of(String label) {
        return new LabelWords(label, List.of(label));
    }
}
