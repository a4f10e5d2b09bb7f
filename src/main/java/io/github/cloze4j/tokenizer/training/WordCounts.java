package io.github.cloze4j.tokenizer.training;

import java.util.Arrays;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/**
 * Words and how often each was seen: a hash table in primitive arrays. Words are numbered from 0 in the order of their
 * first appearance. Not thread-safe.
 */
final class WordCounts {
    private static final int INITIAL_WORDS = 1 << 10;
    private static final int INITIAL_CHARACTERS = 1 << 13;
    /** 2^32 divided by the golden ratio: spreads hashes over the table's high bits. */
    private static final int SPREAD = 0x9E3779B9;

    private int size;
    private char[] characters = new char[INITIAL_CHARACTERS];
    /** Word w is characters [starts[w], starts[w + 1]). */
    private int[] starts = new int[INITIAL_WORDS + 1];

    private int[] hashes = new int[INITIAL_WORDS];
    private long[] counts = new long[INITIAL_WORDS];
    /** A word's number + 1, or 0 where free; at most half full. */
    private int[] table = new int[2 * INITIAL_WORDS];

    /** Sees the word {@code units[from .. to)} once more. */
    void add(char[] units, int from, int to) {
        int hash = 0;
        for (int i = from; i < to; i++) {
            hash = 31 * hash + units[i];
        }
        add(units, from, to, hash, 1);
    }

    /** Sees all words of another table as often as it saw them. */
    void addAll(WordCounts other) {
        for (int word = 0; word < other.size; word++) {
            add(other.characters, other.starts[word], other.starts[word + 1], other.hashes[word], other.counts[word]);
        }
    }

    private void add(char[] text, int from, int to, int hash, long times) {
        int slot = slot(hash);
        while (table[slot] != 0) {
            int word = table[slot] - 1;
            if (hashes[word] == hash && Arrays.equals(text, from, to, characters, starts[word], starts[word + 1])) {
                counts[word] += times;
                return;
            }
            slot = slot + 1 == table.length ? 0 : slot + 1;
        }
        table[slot] = size + 1;
        append(text, from, to, hash, times);
    }

    private int slot(int hash) {
        return (hash * SPREAD) >>> (Integer.numberOfLeadingZeros(table.length) + 1);
    }

    private void append(char[] text, int from, int to, int hash, long times) {
        int start = starts[size];
        int end = Math.addExact(start, to - from);
        if (end > characters.length) {
            characters = Arrays.copyOf(characters, Math.max(end, grown(characters.length)));
        }
        System.arraycopy(text, from, characters, start, to - from);
        hashes[size] = hash;
        counts[size] = times;
        size++;
        starts[size] = end;
        if (size == counts.length) {
            hashes = Arrays.copyOf(hashes, 2 * size);
            counts = Arrays.copyOf(counts, 2 * size);
            starts = Arrays.copyOf(starts, 2 * size + 1);
            rebuildTable();
        }
    }

    private void rebuildTable() {
        table = new int[2 * counts.length];
        for (int word = 0; word < size; word++) {
            int slot = slot(hashes[word]);
            while (table[slot] != 0) {
                slot = slot + 1 == table.length ? 0 : slot + 1;
            }
            table[slot] = word + 1;
        }
    }

    /** Half as much again, and never beyond an array's greatest length. */
    private static int grown(int length) {
        return (int) Math.min(Integer.MAX_VALUE - 8, length + length / 2L);
    }

    /**
     * The words seen most often; of words seen equally often those by a rank that is theirs at any time, so that the choice depends on
     * the words and their counts alone, not on any order.
     *
     * @param limit how many at most; a few less where hashes collide
     */
    WordCounts mostFrequent(int limit) {
        if (size <= limit) {
            return this;
        }
        long[] ascending = Arrays.copyOf(counts, size);
        Arrays.sort(ascending);
        long boundary = ascending[size - limit];
        int[] tied = IntStream.range(0, size)
                .filter(word -> counts[word] == boundary)
                .map(word -> rank(hashes[word]))
                .sorted()
                .toArray();
        int above =
                (int) LongStream.of(ascending).filter(count -> count > boundary).count();
        WordCounts kept = new WordCounts();
        for (int word = 0; word < size; word++) {
            if (counts[word] > boundary
                    || (counts[word] == boundary
                            && (above + tied.length == limit || rank(hashes[word]) < tied[limit - above]))) {
                kept.add(characters, starts[word], starts[word + 1], hashes[word], counts[word]);
            }
        }
        return kept;
    }

    /**
     * An order among equally frequent words, which has to differ from that of {@link #slot}: words kept by it would else
     * crowd in one part of the table. The last step of MurmurHash3.
     */
    private static int rank(int hash) {
        int mixed = (hash ^ hash >>> 16) * 0x85EBCA6B;
        mixed = (mixed ^ mixed >>> 13) * 0xC2B2AE35;
        return mixed ^ mixed >>> 16;
    }

    int size() {
        return size;
    }

    /** How often words were seen, all together. */
    long occurrences() {
        return LongStream.of(counts).limit(size).sum();
    }

    long count(int word) {
        return counts[word];
    }

    /**
     * Writes a word's code points to the front of an array, which has to be long enough.
     *
     * @return how many there are
     */
    int codePoints(int word, int[] target) {
        int length = 0;
        int end = starts[word + 1];
        for (int at = starts[word]; at < end; length++) {
            target[length] = Character.codePointAt(characters, at, end);
            at += Character.charCount(target[length]);
        }
        return length;
    }

    /** The length of all words together, in UTF-16 units. */
    int units() {
        return starts[size];
    }

    /** The length of the longest word, in UTF-16 units. */
    int longest() {
        int longest = 0;
        for (int word = 0; word < size; word++) {
            longest = Math.max(longest, starts[word + 1] - starts[word]);
        }
        return longest;
    }
}
