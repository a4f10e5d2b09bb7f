package io.github.cloze4j.data;

import java.util.List;

/** Tokenized documents with random access, without special tokens. Implementations are thread-safe and never change. */
public interface TokenDocuments {
    /** Documents kept in memory, for tests and small experiments; the arrays must not be changed afterwards. */
    static TokenDocuments of(int vocabularySize, List<int[]> documents) {
        return new TokenDocumentsInMemory(vocabularySize, List.copyOf(documents));
    }

    /** How many documents there are. */
    long count();

    /**
     * Tokens in a document.
     *
     * @param document in {@code [0, count)}
     */
    int length(long document);

    /**
     * Copies token ids of a document.
     *
     * @param document in {@code [0, count)}
     * @param from the document's first token to copy
     * @param target receives {@code count} ids from index {@code at}
     * @param at first index written
     * @param count how many; {@code from + count} is at most the document's length
     */
    void copy(long document, int from, int[] target, int at, int count);

    /** Every token id lies in {@code [0, vocabularySize)}. */
    int vocabularySize();
}
