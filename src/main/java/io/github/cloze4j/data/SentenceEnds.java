package io.github.cloze4j.data;

/**
 * Where the sentences of a document end, in its tokens: ascending, none empty, the last at the document's length. They are
 * read one by one, so that whoever needs a few of a long document does not pay for all.
 */
public interface SentenceEnds {
    /** Ends kept in memory; the array must not be changed afterwards. */
    static SentenceEnds of(int... ends) {
        return new SentenceEnds() {
            @Override
            public int count() {
                return ends.length;
            }

            @Override
            public int get(int sentence) {
                return ends[sentence];
            }
        };
    }

    /** How many sentences there are; 0 in a document without tokens. */
    int count();

    /**
     * The token behind a sentence's last.
     *
     * @param sentence in {@code [0, count)}
     */
    int get(int sentence);
}
