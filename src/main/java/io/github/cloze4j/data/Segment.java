package io.github.cloze4j.data;

/**
 * Consecutive tokens of a document.
 *
 * @param document that they are of
 * @param from the document's token that they begin with
 * @param length tokens
 */
record Segment(long document, int from, int length) {
    /** Without so many tokens at its front. */
    Segment withoutFirst(int tokens) {
        return new Segment(document, from + tokens, length - tokens);
    }

    /** Without so many tokens at its back. */
    Segment withoutLast(int tokens) {
        return new Segment(document, from, length - tokens);
    }
}
