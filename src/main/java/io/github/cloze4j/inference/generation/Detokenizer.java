package io.github.cloze4j.inference.generation;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The text of tokens that arrive one by one. {@code ##} pieces join the word before them, and {@link Spacing} says where words and marks
 * have a blank between them.
 *
 * <p>A text that goes on after a prompt begins with a blank if one belongs there: the prompt and this text together read well.
 */
final class Detokenizer {
    private static final String PIECE = "##";

    /** Marks whose spacing depends on the word after them. */
    private static final Set<String> APOSTROPHES = Set.of("'", "’");

    private final List<String> words = new ArrayList<>();
    private final int promptWords;
    private final int lastPromptWordLength;
    private final boolean blankBeforeFirst;

    /**
     * A text that goes on after a prompt.
     *
     * @param promptTokens the tokens of the prompt; none for a text by itself
     * @param promptEndsWithBlank whether the prompt as it was written ends with a blank
     */
    Detokenizer(List<String> promptTokens, boolean promptEndsWithBlank) {
        promptTokens.forEach(this::add);
        promptWords = words.size();
        lastPromptWordLength = promptWords == 0 ? 0 : words.get(promptWords - 1).length();
        blankBeforeFirst = !promptEndsWithBlank;
    }

    void add(String token) {
        if (!token.startsWith(PIECE) || token.length() == PIECE.length()) {
            words.add(token);
        } else if (words.isEmpty()) {
            words.add(token.substring(PIECE.length()));
        } else {
            int last = words.size() - 1;
            words.set(last, words.get(last) + token.substring(PIECE.length()));
        }
    }

    /** The text if no token follows. */
    String text() {
        return text(words.size());
    }

    /** The beginning of the text that no later token changes: without the last word, to which a piece may be joined. */
    String certain() {
        int certain = words.size() - 1;
        while (certain > promptWords && APOSTROPHES.contains(words.get(certain - 1))) {
            certain--;
        }
        return certain < promptWords ? "" : text(certain);
    }

    private String text(int count) {
        StringBuilder text = new StringBuilder();
        Spacing spacing = new Spacing();
        for (int i = 0; i < count; i++) {
            String word = words.get(i);
            boolean blank = spacing.blankBefore(word, i + 1 < count ? words.get(i + 1) : "");
            if (i >= promptWords) {
                text.append(blank && (i > promptWords || blankBeforeFirst) ? " " : "")
                        .append(word);
            } else if (i == promptWords - 1) {
                text.append(word, lastPromptWordLength, word.length());
            }
        }
        return text.toString();
    }
}
