package io.github.cloze4j.inference.generation;

import java.util.List;

/** Texts that end a generation. What comes before the first of them is the result, without the blanks at its end. */
record StopStrings(List<String> texts) {
    /** Whether a text has one of them. */
    boolean isIn(String text) {
        return texts.stream().anyMatch(text::contains);
    }

    /** The text before the first of them, or all of it. */
    String cut(String text) {
        int first = texts.stream()
                .mapToInt(text::indexOf)
                .filter(index -> index >= 0)
                .min()
                .orElse(text.length());
        return first == text.length() ? text : text.substring(0, first).stripTrailing();
    }

    /** The text without an end that may turn out to be the beginning of one of them, and without the blanks before it. */
    String withoutBeginning(String text) {
        for (int from = 0; from < text.length(); from++) {
            String end = text.substring(from);
            if (texts.stream().anyMatch(stop -> stop.startsWith(end))) {
                return text.substring(0, from).stripTrailing();
            }
        }
        return text;
    }
}
