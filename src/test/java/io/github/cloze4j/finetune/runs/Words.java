package io.github.cloze4j.finetune.runs;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A text as words: runs of letters, digits, apostrophes and hyphens; any other character but white space is a word of its own.
 *
 * @param text the text
 * @param words the words
 * @param starts the place of each word in the text
 */
record Words(String text, List<String> words, List<Integer> starts) {
    private static final Pattern WORD = Pattern.compile("[\\p{L}\\p{N}]+(?:['’.-][\\p{L}\\p{N}]+)*|[^\\s]");
    private static final String VOWELS = "aeiou";

    /** Some successive words of a text, from {@code first} to before {@code end}. */
    record Place(int first, int end) {}

    static Words of(String text) {
        List<String> words = new ArrayList<>();
        List<Integer> starts = new ArrayList<>();
        Matcher matcher = WORD.matcher(text);
        while (matcher.find()) {
            words.add(matcher.group());
            starts.add(matcher.start());
        }
        return new Words(text, words, starts);
    }

    /** All places of a lemma or of one of its regular inflections, without regard to case. */
    List<Place> places(String lemma, String partOfSpeech) {
        List<String> parts = of(lemma).words();
        int inflected = partOfSpeech.equals("verb") ? 0 : parts.size() - 1;
        Set<String> forms = inflections(parts.get(inflected).toLowerCase(Locale.ROOT), partOfSpeech);
        List<Place> places = new ArrayList<>();
        for (int first = 0; first + parts.size() <= words.size(); first++) {
            if (matches(first, parts, inflected, forms)) {
                places.add(new Place(first, first + parts.size()));
            }
        }
        return places;
    }

    private boolean matches(int first, List<String> parts, int inflected, Set<String> forms) {
        for (int i = 0; i < parts.size(); i++) {
            String word = words.get(first + i).toLowerCase(Locale.ROOT);
            boolean same = i == inflected
                    ? forms.contains(word)
                    : word.equals(parts.get(i).toLowerCase(Locale.ROOT));
            if (!same) {
                return false;
            }
        }
        return true;
    }

    /** The first place of the longest lemma that the text holds; null if it holds none. */
    @Nullable
    Place first(List<String> lemmas, String partOfSpeech) {
        Place best = null;
        for (String lemma : lemmas) {
            for (Place place : places(lemma, partOfSpeech)) {
                int longer = best == null ? 1 : (place.end - place.first) - (best.end - best.first);
                if (best == null || longer > 0 || (longer == 0 && place.first < best.first)) {
                    best = place;
                }
            }
        }
        return best;
    }

    int start(Place place) {
        return starts.get(place.first);
    }

    int end(Place place) {
        return starts.get(place.end - 1) + words.get(place.end - 1).length();
    }

    String at(Place place) {
        return text.substring(start(place), end(place));
    }

    /** A word with the endings of regular inflection: plurals, forms of verbs, comparison. */
    private static Set<String> inflections(String word, String partOfSpeech) {
        Set<String> forms = new TreeSet<>(Set.of(word));
        String stem = word.endsWith("e") || word.endsWith("y") ? word.substring(0, word.length() - 1) : word;
        String softened = word.endsWith("y") ? stem + "i" : stem;
        String doubled = doubled(word);
        switch (partOfSpeech) {
            case "noun" -> forms.addAll(List.of(word + "s", word + "es", softened + "es"));
            case "verb" -> {
                forms.addAll(List.of(word + "s", word + "es", word + "ing", word + "ed", softened + "ed"));
                forms.addAll(List.of(softened + "es", doubled + "ing", doubled + "ed"));
                if (word.endsWith("e")) {
                    forms.addAll(List.of(word + "d", stem + "ing"));
                }
            }
            case "adj" -> forms.addAll(List.of(word + "er", word + "est", softened + "er", softened + "est"));
            default -> {}
        }
        return forms;
    }

    /** The word with its last consonant doubled after a vowel, as in "stopped". */
    private static String doubled(String word) {
        int last = word.length() - 1;
        boolean single = last > 0
                && VOWELS.indexOf(word.charAt(last)) < 0
                && VOWELS.indexOf(word.charAt(last - 1)) >= 0
                && Character.isLetter(word.charAt(last));
        return single ? word + word.charAt(last) : word;
    }
}
