package io.github.cloze4j.tokenizer.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class WordCountsTest {
    private static WordCounts count(Iterable<String> words) {
        WordCounts counts = new WordCounts();
        for (String word : words) {
            counts.add(("<" + word + ">").toCharArray(), 1, 1 + word.length());
        }
        return counts;
    }

    private static Map<String, Long> asMap(WordCounts counts) {
        Map<String, Long> map = new HashMap<>();
        int[] word = new int[counts.longest()];
        for (int w = 0; w < counts.size(); w++) {
            map.put(new String(word, 0, counts.codePoints(w, word)), counts.count(w));
        }
        assertEquals(counts.size(), map.size(), "no word twice");
        return map;
    }

    private static List<String> randomWords(Random random, int count) {
        List<String> words = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            // Small numbers are frequent; 31 * 'A' + 'a' = 31 * 'B' + 'B', so that hashes collide.
            String number = Integer.toString((int) Math.exp(12 * random.nextDouble()), 36);
            words.add(number + (random.nextBoolean() ? "Aa" : "BB") + (random.nextBoolean() ? "\uD83D\uDE00" : ""));
        }
        return words;
    }

    @Test
    void countsAreThoseOfAMap() {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        List<String> words = randomWords(new Random(seed), 50_000);
        Map<String, Long> expected = new HashMap<>();
        words.forEach(word -> expected.merge(word, 1L, Long::sum));

        assertEquals(expected, asMap(count(words)), "seed " + seed);
        WordCounts joined = count(words.subList(0, 20_000));
        joined.addAll(count(words.subList(20_000, words.size())));
        assertEquals(expected, asMap(joined), "seed " + seed);
    }

    @Test
    void theMostFrequentWordsStayWhateverTheirOrder() {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        List<String> words = randomWords(random, 5000);
        Map<String, Long> all = asMap(count(words));
        long mostOfOneHash = all.keySet().stream()
                .collect(Collectors.groupingBy(String::hashCode, Collectors.counting()))
                .values()
                .stream()
                .max(Long::compare)
                .orElseThrow();
        for (int limit : new int[] {1, 10, 100, all.size() - 1, all.size(), all.size() + 1}) {
            Map<String, Long> kept = asMap(count(words).mostFrequent(limit));
            Collections.shuffle(words, random);

            assertEquals(kept, asMap(count(words).mostFrequent(limit)), "seed " + seed);
            long fewest = Math.min(limit, all.size()) - (mostOfOneHash - 1);
            assertTrue(kept.size() <= limit && kept.size() >= fewest, kept.size() + " of " + limit);
            long leastKept = kept.values().stream().min(Long::compare).orElse(Long.MAX_VALUE);
            all.forEach((word, count) -> {
                assertTrue(kept.containsKey(word) || count <= leastKept, word + ", seed " + seed);
                assertEquals(kept.getOrDefault(word, count), count);
            });
        }
    }

    /** Words that are kept by their hash must not crowd the table, which is ordered by hashes too: adding them would take time by the square. */
    @Test
    void whatIsKeptOfManyEquallyFrequentWordsIsStillSpreadOverTheTable() {
        int words = 1 << 20;
        ThreadMXBean clock = ManagementFactory.getThreadMXBean();
        long start = clock.getCurrentThreadCpuTime();
        WordCounts counts = new WordCounts();
        for (int i = 0; i < words; i++) {
            char[] word = Integer.toString(i, 36).toCharArray();
            counts.add(word, 0, word.length);
        }
        long counted = clock.getCurrentThreadCpuTime();
        assertTrue(counts.mostFrequent(words / 4).size() > words / 5);
        long selected = clock.getCurrentThreadCpuTime() - counted;
        // Processor time against processor time: neither a slow nor a busy machine changes the ratio much.
        assertTrue(selected < 20 * (counted - start), selected + " ns after " + (counted - start));
    }
}
