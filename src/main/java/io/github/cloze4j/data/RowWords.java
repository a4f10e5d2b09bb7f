package io.github.cloze4j.data;

import java.util.Arrays;
import java.util.BitSet;
import java.util.stream.IntStream;

/**
 * The words of a row: a token that is not special, and the tokens right behind it, in the same document, that continue a
 * word ({@code ##…}).
 *
 * @param starts {@code [words]} ascending; word w is tokens {@code [starts[w], ends[w])}
 * @param ends {@code [words]}
 * @param documents {@code [words]} the document that each stands in
 */
record RowWords(int[] starts, int[] ends, int[] documents) {
    static RowWords of(PackedRow row, SpecialTokens specialTokens, BitSet continuing) {
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
                    while (i < documentEnd && continuing.get(ids[i])) {
                        i++;
                    }
                    starts[words] = start;
                    ends[words] = i;
                    documents[words++] = document;
                }
            }
        }
        return new RowWords(
                Arrays.copyOf(starts, words), Arrays.copyOf(ends, words), Arrays.copyOf(documents, words));
    }

    int count() {
        return starts.length;
    }

    int length(int word) {
        return ends[word] - starts[word];
    }

    int tokens() {
        int tokens = 0;
        for (int word = 0; word < count(); word++) {
            tokens += length(word);
        }
        return tokens;
    }

    /** The ascending positions of all tokens of the chosen words. */
    int[] positions(BitSet chosen) {
        return chosen.stream()
                .flatMap(word -> IntStream.range(starts[word], ends[word]))
                .toArray();
    }
}
