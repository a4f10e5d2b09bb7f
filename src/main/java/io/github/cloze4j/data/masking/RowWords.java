package io.github.cloze4j.data.masking;

import java.util.Arrays;
import java.util.BitSet;
import java.util.stream.IntStream;

/**
 * The words of a row: a token that is not special, and the tokens right behind it, in the same document, that continue its
 * word.
 *
 * @param starts {@code [words]} ascending; word w is tokens {@code [starts[w], ends[w])}
 * @param ends {@code [words]}
 * @param documents {@code [words]} the document that each stands in
 */
record RowWords(int[] starts, int[] ends, int[] documents) {
    static RowWords of(PackedRow row, SpecialTokens specialTokens, WordBoundaries boundaries) {
        BitSet continuing = boundaries.continuing(row);
        int[] ids = row.ids();
        int[] starts = new int[ids.length];
        int[] ends = new int[ids.length];
        int[] documents = new int[ids.length];
        int words = 0;
        for (int document = 0; document + 1 < row.documentOffsets().length; document++) {
            int documentEnd = row.documentOffsets()[document + 1];
            for (int i = row.documentOffsets()[document]; i < documentEnd; ) {
                int start = i++;
                if (!specialTokens.contains(ids[start])) {
                    while (i < documentEnd && continuing.get(i) && !specialTokens.contains(ids[i])) {
                        i++;
                    }
                    starts[words] = start;
                    ends[words] = i;
                    documents[words++] = document;
                }
            }
        }
        return new RowWords(Arrays.copyOf(starts, words), Arrays.copyOf(ends, words), Arrays.copyOf(documents, words));
    }

    int count() {
        return starts.length;
    }

    int length(int word) {
        return ends[word] - starts[word];
    }

    /** Tokens of the words in {@code [from, to)}. */
    int length(int from, int to) {
        int tokens = 0;
        for (int word = from; word < to; word++) {
            tokens += length(word);
        }
        return tokens;
    }

    /** Tokens of all words. */
    int tokens() {
        return length(0, count());
    }

    /** The word that holds a token. */
    int wordOfToken(int token) {
        int left = token;
        int word = 0;
        while (left >= length(word)) {
            left -= length(word++);
        }
        return word;
    }

    /** The ascending positions of all tokens of the chosen words. */
    int[] positions(BitSet chosen) {
        return chosen.stream()
                .flatMap(word -> IntStream.range(starts[word], ends[word]))
                .toArray();
    }
}
