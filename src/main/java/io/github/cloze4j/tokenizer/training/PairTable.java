package io.github.cloze4j.tokenizer.training;

import java.util.Arrays;

/**
 * Pairs of neighbouring tokens, numbered from 0: how often each occurs and in which words. A hash table in primitive
 * arrays. Not thread-safe.
 */
final class PairTable {
    private static final int INITIAL_PAIRS = 1 << 12;
    private static final int INITIAL_WORDS = 2;
    private static final int[] NO_WORDS = {};
    private static final int INT_BITS = 32;
    /** 2^64 divided by the golden ratio: spreads keys over the table's high bits. */
    private static final long SPREAD = 0x9E3779B97F4A7C15L;

    private int size;
    /** The left token in the high half, the right one in the low half. */
    private long[] keys = new long[INITIAL_PAIRS];

    private long[] counts = new long[INITIAL_PAIRS];
    private int[][] words = new int[INITIAL_PAIRS][];
    private int[] wordCounts = new int[INITIAL_PAIRS];
    /** A pair's number + 1, or 0 where free; at most half full. */
    private int[] table = new int[2 * INITIAL_PAIRS];

    /** The pair's number; a pair not met before gets the next one, and the count 0. */
    int number(int left, int right) {
        long key = (long) left << INT_BITS | right;
        int slot = slot(key);
        while (table[slot] != 0) {
            if (keys[table[slot] - 1] == key) {
                return table[slot] - 1;
            }
            slot = slot + 1 == table.length ? 0 : slot + 1;
        }
        if (size == keys.length) {
            grow();
            return number(left, right);
        }
        table[slot] = size + 1;
        keys[size] = key;
        words[size] = NO_WORDS;
        return size++;
    }

    private int slot(long key) {
        return (int) ((key * SPREAD) >>> (Long.SIZE - Integer.numberOfTrailingZeros(table.length)));
    }

    private void grow() {
        int capacity = 2 * size;
        keys = Arrays.copyOf(keys, capacity);
        counts = Arrays.copyOf(counts, capacity);
        words = Arrays.copyOf(words, capacity);
        wordCounts = Arrays.copyOf(wordCounts, capacity);
        table = new int[2 * capacity];
        for (int pair = 0; pair < size; pair++) {
            int slot = slot(keys[pair]);
            while (table[slot] != 0) {
                slot = slot + 1 == table.length ? 0 : slot + 1;
            }
            table[slot] = pair + 1;
        }
    }

    /** Counts a pair {@code times} times less. */
    void subtract(int pair, long times) {
        counts[pair] -= times;
        if (counts[pair] == 0) {
            forgetWords(pair);
        }
    }

    /** Counts a pair {@code times} times more, for the word that it occurs in. */
    void add(int pair, long times, int word) {
        counts[pair] += times;
        int used = wordCounts[pair];
        // A word's occurrences are added one after the other.
        if (used > 0 && words[pair][used - 1] == word) {
            return;
        }
        if (used == words[pair].length) {
            words[pair] = Arrays.copyOf(words[pair], Math.max(INITIAL_WORDS, 2 * used));
        }
        words[pair][used] = word;
        wordCounts[pair] = used + 1;
    }

    /**
     * The words that a pair occurs in, and perhaps some that it no longer does or the same twice; valid up to
     * {@link #wordCount}.
     */
    int[] words(int pair) {
        return words[pair];
    }

    int wordCount(int pair) {
        return wordCounts[pair];
    }

    private void forgetWords(int pair) {
        words[pair] = NO_WORDS;
        wordCounts[pair] = 0;
    }

    int size() {
        return size;
    }

    long count(int pair) {
        return counts[pair];
    }

    int left(int pair) {
        return (int) (keys[pair] >>> INT_BITS);
    }

    int right(int pair) {
        return (int) keys[pair];
    }
}
