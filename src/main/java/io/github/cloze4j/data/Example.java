package io.github.cloze4j.data;

import org.jspecify.annotations.Nullable;

/**
 * What stands in a row as one document, which attends to itself only: a text between {@code [CLS]} and {@code [SEP]}, or a
 * pair of texts with a {@code [SEP]} behind each.
 *
 * @param number among the examples that are packed together, ascending
 * @param first text
 * @param second text, or null where there is one only
 * @param label of a pair: {@link #NEXT} or {@link #NOT_NEXT}
 */
record Example(long number, Segment first, @Nullable Segment second, int label) {
    /** The second text follows the first. */
    static final int NEXT = 0;

    /** The second text does not follow the first. */
    static final int NOT_NEXT = 1;

    /** {@code [CLS]} and {@code [SEP]}. */
    static final int ADDED_TO_A_TEXT = 2;

    /** {@code [CLS]} and {@code [SEP]} twice. */
    static final int ADDED_TO_A_PAIR = 3;

    /** A text that is no pair. */
    static Example of(long number, Segment text) {
        return new Example(number, text, null, NEXT);
    }

    /** Tokens of its texts. */
    int textTokens() {
        return first.length() + (second == null ? 0 : second.length());
    }

    /** Tokens of the first text of a pair with its {@code [CLS]} and {@code [SEP]}. */
    int sourceTokens() {
        return first.length() + ADDED_TO_A_TEXT;
    }

    /** Tokens that it has in a row. */
    int rowTokens() {
        return textTokens() + (second == null ? ADDED_TO_A_TEXT : ADDED_TO_A_PAIR);
    }
}
