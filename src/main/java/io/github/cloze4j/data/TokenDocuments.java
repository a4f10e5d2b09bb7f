package io.github.cloze4j.data;

import java.util.List;
import java.util.function.Supplier;

/** Tokenized documents with random access, without special tokens. Implementations are thread-safe and never change. */
public interface TokenDocuments {
    /** Documents kept in memory, for tests and small experiments; the arrays must not be changed afterwards. */
    static TokenDocuments of(int vocabularySize, List<int[]> documents) {
        return TokenDocumentsInMemory.of(vocabularySize, documents);
    }

    /** As {@link #of}, documents being lists of sentences. */
    static TokenDocuments ofSentences(int vocabularySize, List<List<int[]>> documents) {
        return TokenDocumentsInMemory.ofSentences(vocabularySize, documents);
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

    /**
     * Where the sentences of a document end. A document whose sentences nobody told apart is one.
     *
     * @param document in {@code [0, count)}
     */
    default SentenceEnds sentenceEnds(long document) {
        int length = length(document);
        return length == 0 ? SentenceEnds.of() : SentenceEnds.of(length);
    }

    /**
     * The share of all tokens that are a certain one, such as the unknown token, in [0, 1]; 0 if there are no tokens. Reads
     * all documents.
     *
     * @param id in {@code [0, vocabularySize)}
     */
    default double share(int id) {
        int[] ids = new int[1 << 10];
        long all = 0;
        long found = 0;
        for (long document = 0; document < count(); document++) {
            int length = length(document);
            for (int from = 0; from < length; from += ids.length) {
                int copied = Math.min(ids.length, length - from);
                copy(document, from, ids, 0, copied);
                for (int i = 0; i < copied; i++) {
                    found += ids[i] == id ? 1 : 0;
                }
            }
            all += length;
        }
        return all == 0 ? 0 : (double) found / all;
    }

    /**
     * Tells these documents from others: a CRC-32C of their ids, of where documents and sentences end, and of the
     * vocabulary's size. That of shards was computed when they were written, and is also one of the tokenizer that made
     * them, which documents in memory do not know. So the same documents have another in memory, and a run that was begun
     * on one cannot be resumed on the other.
     */
    default long checksum() {
        return DocumentsChecksum.of(this);
    }

    /**
     * Reads documents with the given action and says what its failure means: documents on disk can be truncated while they are
     * read.
     *
     * @throws io.github.cloze4j.CheckpointFormatException if reading fails because a file of the documents has become shorter
     */
    default <T> T reading(Supplier<T> read) {
        return read.get();
    }

    /** Every token id lies in {@code [0, vocabularySize)}. */
    int vocabularySize();
}
