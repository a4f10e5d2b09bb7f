package io.github.cloze4j.tokenizer;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A text or a pair of texts as a model takes it. All arrays have one entry a token and belong to the encoding: do not change
 * them.
 *
 * @param ids of tokens
 * @param typeIds 0 for the first text and its special tokens, 1 for the second
 * @param starts where a token begins in its own text, as UTF-16 index, inclusive; 0 for a special token that was added
 * @param ends where it ends, exclusive; 0 for a special token that was added
 * @param special whether a token was added, {@code [CLS]} or {@code [SEP]}; a special token that stood in the text was not
 */
public record Encoding(int[] ids, int[] typeIds, int[] starts, int[] ends, boolean[] special) {
    /** Checks that all are of one length. */
    public Encoding {
        if (typeIds.length != ids.length
                || starts.length != ids.length
                || ends.length != ids.length
                || special.length != ids.length) {
            throw new IllegalArgumentException("Expected arrays of one length. Received: " + ids.length + " ids, "
                    + typeIds.length + " type ids, " + starts.length + " starts, " + ends.length + " ends, "
                    + special.length + " special flags");
        }
    }

    /** Equal in all parts, arrays by their content. */
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Encoding that && Arrays.deepEquals(parts(), that.parts());
    }

    @Override
    public int hashCode() {
        return Arrays.deepHashCode(parts());
    }

    private Object[] parts() {
        return new Object[] {ids, typeIds, starts, ends, special};
    }

    /** Short: arrays are not printed. */
    @Override
    public String toString() {
        return "Encoding[" + ids.length + " tokens]";
    }
}
