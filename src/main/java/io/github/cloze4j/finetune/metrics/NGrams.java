package io.github.cloze4j.finetune.metrics;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** How often each n-gram of one length occurs in a text. */
final class NGrams {
    private final Map<String, Integer> counts = new HashMap<>();

    private NGrams() {}

    /** N-grams of words without blanks. */
    static NGrams ofWords(List<String> words, int length) {
        NGrams grams = new NGrams();
        for (int first = 0; first + length <= words.size(); first++) {
            grams.add(String.join(" ", words.subList(first, first + length)));
        }
        return grams;
    }

    /** N-grams of the characters of a text, which are code points. */
    static NGrams ofCharacters(int[] characters, int length) {
        NGrams grams = new NGrams();
        for (int first = 0; first + length <= characters.length; first++) {
            grams.add(new String(characters, first, length));
        }
        return grams;
    }

    private void add(String gram) {
        counts.merge(gram, 1, Integer::sum);
    }

    /** Number of n-grams in all. */
    int total() {
        return counts.values().stream().mapToInt(Integer::intValue).sum();
    }

    /** Number of n-grams that both texts have, each as often as both have it. */
    int common(NGrams other) {
        return counts.entrySet().stream()
                .mapToInt(gram -> Math.min(gram.getValue(), other.counts.getOrDefault(gram.getKey(), 0)))
                .sum();
    }
}
