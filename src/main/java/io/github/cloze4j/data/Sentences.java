package io.github.cloze4j.data;

import java.util.Arrays;

/**
 * Consecutive sentences of a document.
 *
 * @param document that they are of
 * @param borders {@code [count + 1]} ascending: sentence i is the document's tokens {@code [borders[i], borders[i + 1])}
 */
record Sentences(long document, int[] borders) {
    /** All of a document. */
    static Sentences of(TokenDocuments documents, long document) {
        int[] ends = documents.sentenceEnds(document);
        int[] borders = new int[ends.length + 1];
        System.arraycopy(ends, 0, borders, 1, ends.length);
        return new Sentences(document, borders);
    }

    /** Those that begin in the segment; it may hold none, in the midst of a long one. */
    static Sentences beginningIn(TokenDocuments documents, Segment segment) {
        Sentences all = of(documents, segment.document());
        int first = all.firstFrom(segment.from());
        int end = all.firstFrom(segment.from() + segment.length());
        return new Sentences(segment.document(), Arrays.copyOfRange(all.borders, first, end + 1));
    }

    /** The first sentence that begins at the token or behind it; the count where none does. */
    private int firstFrom(int token) {
        int found = Arrays.binarySearch(borders, 0, count(), token);
        return found < 0 ? -found - 1 : found;
    }

    int count() {
        return borders.length - 1;
    }

    /** Tokens of sentences {@code [from, to)}. */
    int tokens(int from, int to) {
        return borders[to] - borders[from];
    }

    /** Sentences {@code [from, to)}. */
    Segment segment(int from, int to) {
        return new Segment(document, borders[from], tokens(from, to));
    }
}
