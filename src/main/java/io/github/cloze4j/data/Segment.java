package io.github.cloze4j.data;

/**
 * A piece of a document that fits in a row.
 *
 * @param number among all segments, in the documents' order
 * @param document that it is of
 * @param from the document's token that it begins with
 * @param length tokens, without {@code [CLS]} and {@code [SEP]}
 */
record Segment(long number, long document, int from, int length) {
    /** {@code [CLS]} and {@code [SEP]}. */
    static final int ADDED_TOKENS = 2;

    /** Tokens that it takes up in a row. */
    int rowTokens() {
        return length + ADDED_TOKENS;
    }
}
