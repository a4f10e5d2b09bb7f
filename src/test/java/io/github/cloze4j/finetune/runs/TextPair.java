package io.github.cloze4j.finetune.runs;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A text and its rewriting.
 *
 * @param group the place of the text, such as its chapter. A group is in one part of the data
 * @param source the text
 * @param target the same text in other words or in another language
 */
record TextPair(String group, String source, String target) {
    /** Held-out texts share no run of as many words with training texts. */
    static final int SHARED_WORDS = 8;

    private static final Pattern WORD = Pattern.compile("\\p{IsHan}|[\\p{L}\\p{N}&&[^\\p{IsHan}]]+");

    /**
     * Splits by group. A pair is left out of a part if its source or its target shares {@value #SHARED_WORDS} consecutive words, or a whole shorter text, with
     * the test part, or as a training pair with the validation part: stories that are told twice stay on one side.
     */
    static Map<Part, List<TextPair>> split(long seed, List<TextPair> pairs) {
        Map<Part, List<TextPair>> drawn = LeakFreeSplit.of(seed, pairs, pair -> List.of(pair.group));
        Map<Part, List<TextPair>> parts = new LinkedHashMap<>();
        Set<String> heldOut = new HashSet<>();
        for (Part part : List.of(Part.TEST, Part.VALIDATION, Part.TRAIN)) {
            List<TextPair> kept = drawn.getOrDefault(part, List.of()).stream()
                    .filter(pair -> pair.runs().stream().noneMatch(heldOut::contains))
                    .toList();
            kept.forEach(pair -> heldOut.addAll(pair.runs()));
            parts.put(part, kept);
        }
        return parts;
    }

    /** All runs of {@value #SHARED_WORDS} words of both texts, in lower case and without signs; a shorter text is a run itself. */
    List<String> runs() {
        List<String> runs = new ArrayList<>();
        for (String text : List.of(source, target)) {
            List<String> words = new ArrayList<>();
            Matcher matcher = WORD.matcher(text.toLowerCase(Locale.ROOT));
            while (matcher.find()) {
                words.add(matcher.group());
            }
            int length = Math.min(SHARED_WORDS, words.size());
            for (int i = 0; i + length <= words.size(); i++) {
                runs.add(String.join(" ", words.subList(i, i + length)));
            }
        }
        return runs;
    }
}
