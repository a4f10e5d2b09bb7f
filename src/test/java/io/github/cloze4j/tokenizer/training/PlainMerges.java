package io.github.cloze4j.tokenizer.training;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** The trainer's definition, word for word and without any care for speed: all pairs are counted anew for each merge. */
final class PlainMerges {
    private static final Comparator<String> BY_CODE_POINTS =
            (a, b) -> Arrays.compare(a.codePoints().toArray(), b.codePoints().toArray());

    private record Pair(String left, String right) {
        static final Comparator<Pair> ORDER =
                Comparator.comparing(Pair::left, BY_CODE_POINTS).thenComparing(Pair::right, BY_CODE_POINTS);

        String merged() {
            return left + right.substring(2);
        }
    }

    private PlainMerges() {}

    /** The tokens behind the special ones, of text whose words are separated by single spaces. */
    static List<String> learn(List<String> documents, int size, long minFrequency) {
        List<List<String>> words = new ArrayList<>();
        Set<String> bare = new TreeSet<>(BY_CODE_POINTS);
        Set<String> continuing = new TreeSet<>(BY_CODE_POINTS);
        for (String word : String.join("", documents).trim().split(" ")) {
            List<String> spelt = new ArrayList<>();
            word.codePoints().mapToObj(Character::toString).forEach(character -> {
                bare.add(character);
                spelt.add(spelt.isEmpty() ? character : "##" + character);
            });
            continuing.addAll(spelt.subList(1, spelt.size()));
            words.add(spelt);
        }
        Set<String> tokens = new LinkedHashSet<>(bare);
        tokens.addAll(continuing);
        while (tokens.size() + 5 < size) {
            Map<Pair, Integer> counts = count(words);
            int most = counts.values().stream().max(Integer::compare).orElse(0);
            if (most < minFrequency) {
                break;
            }
            Pair best = counts.keySet().stream()
                    .filter(pair -> counts.get(pair) == most)
                    .findFirst()
                    .orElseThrow();
            words.forEach(word -> merge(word, best));
            tokens.add(best.merged());
        }
        return List.copyOf(tokens);
    }

    private static Map<Pair, Integer> count(List<List<String>> words) {
        Map<Pair, Integer> counts = new TreeMap<>(Pair.ORDER);
        for (List<String> word : words) {
            for (int i = 1; i < word.size(); i++) {
                counts.merge(new Pair(word.get(i - 1), word.get(i)), 1, Integer::sum);
            }
        }
        return counts;
    }

    private static void merge(List<String> word, Pair pair) {
        for (int i = 0; i + 1 < word.size(); i++) {
            if (word.get(i).equals(pair.left()) && word.get(i + 1).equals(pair.right())) {
                word.set(i, pair.merged());
                word.remove(i + 1);
            }
        }
    }
}
