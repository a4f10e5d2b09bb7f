package io.github.cloze4j.corpus;

/** A document that is put together from texts: its sentences, with a line feed between two of them. Not thread-safe. */
final class SentenceText {
    private static final char REPLACEMENT = '\uFFFD';

    private final StringBuilder text = new StringBuilder();

    /** Adds a text, each line of which is a sentence. */
    void addLines(String lines) {
        if (lines.indexOf('\n') < 0 && lines.indexOf('\r') < 0) {
            add(lines);
        } else {
            lines.lines().forEach(this::add);
        }
    }

    /** Adds a text that is one sentence: a line break within it is a blank. */
    void addSentence(String sentence) {
        add(sentence.replace('\n', ' ').replace('\r', ' '));
    }

    private void add(String sentence) {
        if (!sentence.isBlank()) {
            text.append(text.length() == 0 ? "" : "\n").append(sentence);
        }
    }

    /** The sentences without white space around all of them; empty if there are none. Lone surrogates, which no encoding has, become U+FFFD. */
    String take() {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Character.isHighSurrogate(c) && i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1))) {
                i++;
            } else if (Character.isSurrogate(c)) {
                text.setCharAt(i, REPLACEMENT);
            }
        }
        String taken = text.toString().strip();
        text.setLength(0);
        text.trimToSize();
        return taken;
    }
}
