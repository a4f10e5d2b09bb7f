package io.github.cloze4j.data;

/**
 * Consecutive sentences of a document.
 *
 * @param document that they are of
 * @param ends of all sentences of the document
 * @param first of the document's sentences
 * @param count how many
 */
record Sentences(long document, SentenceEnds ends, int first, int count) {
    /** All of a document. */
    static Sentences of(TokenDocuments documents, long document) {
        SentenceEnds ends = documents.sentenceEnds(document);
        return new Sentences(document, ends, 0, ends.count());
    }

    /** Those that begin in the segment; it may hold none, in the midst of a long one. */
    static Sentences beginningIn(TokenDocuments documents, Segment segment) {
        Sentences all = of(documents, segment.document());
        int first = all.firstFrom(segment.from());
        int end = all.firstFrom(segment.from() + segment.length());
        return new Sentences(segment.document(), all.ends, first, end - first);
    }

    /** The first sentence that begins at the token or behind it; the count where none does. */
    private int firstFrom(int token) {
        int low = 0;
        int high = count;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (begin(middle) < token) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /** The document's token at which a sentence begins, or behind the last one. */
    int begin(int sentence) {
        int before = first + sentence - 1;
        return before < 0 ? 0 : ends.get(before);
    }

    /** Tokens of sentences {@code [from, to)}. */
    int tokens(int from, int to) {
        return begin(to) - begin(from);
    }

    /** Sentences {@code [from, to)}. */
    Segment segment(int from, int to) {
        return new Segment(document, begin(from), tokens(from, to));
    }
}
