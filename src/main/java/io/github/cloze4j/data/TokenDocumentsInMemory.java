package io.github.cloze4j.data;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Documents as arrays on the heap.
 *
 * @param sentenceEnds of each document
 */
record TokenDocumentsInMemory(int vocabularySize, List<int[]> documents, List<int[]> sentenceEnds)
        implements TokenDocuments {
    TokenDocumentsInMemory {
        for (int[] document : documents) {
            for (int id : document) {
                if (id < 0 || id >= vocabularySize) {
                    throw new IllegalArgumentException(
                            "Expected token ids in [0, " + vocabularySize + "). Received: " + id);
                }
            }
        }
    }

    static TokenDocumentsInMemory of(int vocabularySize, List<int[]> documents) {
        List<int[]> ends = documents.stream()
                .map(ids -> ids.length == 0 ? new int[0] : new int[] {ids.length})
                .toList();
        return new TokenDocumentsInMemory(vocabularySize, List.copyOf(documents), ends);
    }

    static TokenDocumentsInMemory ofSentences(int vocabularySize, List<List<int[]>> documents) {
        List<JoinedSentences> joined =
                documents.stream().map(JoinedSentences::of).toList();
        return new TokenDocumentsInMemory(
                vocabularySize,
                joined.stream().map(JoinedSentences::ids).toList(),
                joined.stream().map(JoinedSentences::ends).toList());
    }

    @Override
    public long count() {
        return documents.size();
    }

    @Override
    public int length(long document) {
        return of(documents, document).length;
    }

    @Override
    public void copy(long document, int from, int[] target, int at, int count) {
        System.arraycopy(of(documents, document), from, target, at, count);
    }

    @Override
    public SentenceEnds sentenceEnds(long document) {
        return SentenceEnds.of(of(sentenceEnds, document));
    }

    private static int[] of(List<int[]> arrays, long document) {
        return arrays.get((int) Objects.checkIndex(document, (long) arrays.size()));
    }

    /** Equal documents, whoever made their arrays. */
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof TokenDocumentsInMemory that
                && vocabularySize == that.vocabularySize
                && Arrays.deepEquals(documents.toArray(), that.documents.toArray())
                && Arrays.deepEquals(sentenceEnds.toArray(), that.sentenceEnds.toArray());
    }

    @Override
    public int hashCode() {
        return Arrays.deepHashCode(documents.toArray());
    }

    /** Short: there may be millions of documents. */
    @Override
    public String toString() {
        return "TokenDocuments[" + documents.size() + " documents in memory, a vocabulary of " + vocabularySize + "]";
    }
}
