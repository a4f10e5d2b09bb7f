package io.github.cloze4j.kernel;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The documents of a batch, and how much of its own document each token sees in attention.
 *
 * <p>Document {@code d} is the tokens {@code [begin(d), end(d))} of the flattened batch. Token {@code t} of it sees the
 * tokens {@code [begin(d), max(begin(d) + prefix(d), t + 1))} and no token of another document. So a prefix of the whole
 * length is bidirectional attention, as in BERT; a prefix of 0 is causal attention, as in GPT; a prefix in between is
 * the prefix language model of UniLM (Dong et al., 2019): the prefix sees itself in both directions, and the rest is causal.
 *
 * @param offsets {@code [documents + 1]} strictly ascending from 0: document {@code d} begins at {@code offsets[d]} and ends
 *     before {@code offsets[d + 1]}
 * @param prefixes {@code [documents]} tokens at the beginning of each document that all of its tokens see, from 0 to
 *     the document's length
 */
public record Documents(int[] offsets, int[] prefixes) {
    /**
     * Copies both arrays.
     *
     * @throws IllegalArgumentException if there is no document, if the offsets do not ascend from 0, or if a prefix is
     *     longer than its document
     */
    public Documents {
        offsets = offsets.clone();
        prefixes = prefixes.clone();
        if (offsets.length < 2 || offsets[0] != 0) {
            throw new IllegalArgumentException("Expected the offsets of at least one document, from 0. Received: "
                    + offsets.length + " offsets" + (offsets.length == 0 ? "" : " from " + offsets[0]));
        }
        if (prefixes.length != offsets.length - 1) {
            throw new IllegalArgumentException("Expected a prefix for each of " + (offsets.length - 1)
                    + " documents. Received: " + prefixes.length);
        }
        for (int d = 0; d < prefixes.length; d++) {
            if (offsets[d + 1] <= offsets[d]) {
                throw new IllegalArgumentException("Expected ascending offsets of documents. Received: "
                        + offsets[d + 1] + " after " + offsets[d] + ", at index " + (d + 1));
            }
            int length = offsets[d + 1] - offsets[d];
            if (prefixes[d] < 0 || prefixes[d] > length) {
                throw new IllegalArgumentException("Expected a prefix from 0 to the length of document " + d + ", "
                        + length + ". Received: " + prefixes[d]);
            }
        }
    }

    /**
     * Documents whose tokens see all of their document.
     *
     * @param offsets as in {@link Documents}
     */
    public static Documents bidirectional(int... offsets) {
        int[] lengths = new int[Math.max(0, offsets.length - 1)];
        for (int d = 0; d < lengths.length; d++) {
            // Offsets that do not ascend are refused by the constructor, before it looks at a prefix.
            lengths[d] = offsets[d + 1] - offsets[d];
        }
        return new Documents(offsets, lengths);
    }

    /**
     * Documents whose tokens see themselves and the tokens before them.
     *
     * @param offsets as in {@link Documents}
     */
    public static Documents causal(int... offsets) {
        return new Documents(offsets, new int[Math.max(0, offsets.length - 1)]);
    }

    /** Number of documents. */
    public int count() {
        return prefixes.length;
    }

    /** Tokens of all documents. */
    public int tokens() {
        return offsets[prefixes.length];
    }

    /** First token of a document. */
    public int begin(int document) {
        return offsets[document];
    }

    /** First token after a document. */
    public int end(int document) {
        return offsets[document + 1];
    }

    /** Tokens of a document. */
    public int length(int document) {
        return offsets[document + 1] - offsets[document];
    }

    /** Tokens of the longest document. */
    public int longest() {
        int longest = 0;
        for (int d = 0; d < prefixes.length; d++) {
            longest = Math.max(longest, length(d));
        }
        return longest;
    }

    /** Tokens at the beginning of a document that all of its tokens see. */
    public int prefix(int document) {
        return prefixes[document];
    }

    /** Whether every token of a document sees all of it. */
    public boolean isBidirectional(int document) {
        // A causal document of one token is bidirectional as well.
        return prefixes[document] == length(document) || length(document) == 1;
    }

    /**
     * End of what a token sees: it sees the tokens from the beginning of its document to before this one.
     *
     * @param document the token's document
     * @param token index into the flattened batch
     */
    public int visibleEnd(int document, int token) {
        return Math.max(offsets[document] + prefixes[document], token + 1);
    }

    /** A copy: {@link #begin}, {@link #end} and {@link #length} answer without one. */
    @Override
    public int[] offsets() {
        return offsets.clone();
    }

    /** A copy: {@link #prefix} answers without one. */
    @Override
    public int[] prefixes() {
        return prefixes.clone();
    }

    /** Equal in offsets and prefixes. */
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Documents that
                && Arrays.equals(offsets, that.offsets)
                && Arrays.equals(prefixes, that.prefixes);
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(offsets) + Arrays.hashCode(prefixes);
    }

    /** Short: arrays are not printed. */
    @Override
    public String toString() {
        return "Documents[" + count() + " documents, " + tokens() + " tokens]";
    }
}
