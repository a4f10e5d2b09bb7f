package io.github.cloze4j.tokenizer.training;

import java.util.BitSet;
import java.util.stream.IntStream;

/**
 * The characters that a vocabulary spells words with. Every character has a token for the start of a word; those that
 * occur further on have a second one, with {@code ##}, for there.
 *
 * @param characters code points, in ascending order
 * @param continuing those of them that also occur behind a word's first character, in ascending order
 */
record Alphabet(int[] characters, int[] continuing) {
    /**
     * The characters of words, the most frequent ones if not all fit; of equally frequent ones those with the smaller
     * code points.
     *
     * @param room how many tokens the alphabet may have
     */
    static Alphabet of(WordCounts words, int room) {
        long[] counts = new long[Character.MAX_CODE_POINT + 1];
        BitSet behindFirst = new BitSet();
        int[] word = new int[words.longest()];
        for (int w = 0; w < words.size(); w++) {
            int length = words.codePoints(w, word);
            for (int i = 0; i < length; i++) {
                counts[word[i]] += words.count(w);
                if (i > 0) {
                    behindFirst.set(word[i]);
                }
            }
        }
        int[] byFrequency = IntStream.range(0, counts.length)
                .filter(c -> counts[c] > 0)
                .boxed()
                .sorted((a, b) -> counts[a] == counts[b] ? a - b : Long.compare(counts[b], counts[a]))
                .mapToInt(Integer::intValue)
                .toArray();
        int kept = 0;
        for (int free = room; kept < byFrequency.length; kept++) {
            free -= behindFirst.get(byFrequency[kept]) ? 2 : 1;
            if (free < 0) {
                break;
            }
        }
        int[] characters = IntStream.of(byFrequency).limit(kept).sorted().toArray();
        return new Alphabet(
                characters, IntStream.of(characters).filter(behindFirst::get).toArray());
    }
}
