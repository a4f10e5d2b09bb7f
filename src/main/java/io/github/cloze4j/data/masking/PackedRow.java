package io.github.cloze4j.data.masking;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The real tokens of one row of a batch, before masking: what a {@link MaskingStrategy} sees.
 *
 * @param ids {@code [tokens]} token ids, special tokens included, padding not
 * @param documentOffsets {@code [documents + 1]} ascending from 0 to {@code tokens}; document {@code d} is tokens
 *     {@code [documentOffsets[d], documentOffsets[d + 1])}, its {@code [CLS]} and {@code [SEP]} included; the second text
 *     of a pair, with its {@code [SEP]}, is a document of its own here
 */
public record PackedRow(int[] ids, int[] documentOffsets) {
    /** Equal in all parts, arrays by their content. */
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof PackedRow that && Arrays.deepEquals(parts(), that.parts());
    }

    @Override
    public int hashCode() {
        return Arrays.deepHashCode(parts());
    }

    private Object[] parts() {
        return new Object[] {ids, documentOffsets};
    }

    /** Short: arrays are not printed. */
    @Override
    public String toString() {
        return "PackedRow[" + ids.length + " tokens, " + (documentOffsets.length - 1) + " documents]";
    }
}
