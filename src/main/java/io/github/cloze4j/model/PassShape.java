package io.github.cloze4j.model;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The sizes that the memory of a {@link TrainingPass} depends on.
 *
 * @param rows rows of each batch, at least 1
 * @param seqLen tokens of a row, at least 1
 * @param maxTargets the most rows of any batch that each head reads, in the order of the heads, each at least 1
 * @param recompute whether backward computes activations again: of each layer but the last two only the output is kept (Chen
 *     et al., 2016). This takes less memory and more time, and gives the same numbers to the last bit
 */
public record PassShape(int rows, int seqLen, int[] maxTargets, boolean recompute) {
    /** Copies the array, and checks the ranges. */
    public PassShape {
        maxTargets = maxTargets.clone();
        if (rows < 1 || seqLen < 1 || Arrays.stream(maxTargets).anyMatch(most -> most < 1)) {
            throw new IllegalArgumentException("Expected rows, seqLen and targets of at least 1. Received: " + rows
                    + ", " + seqLen + ", " + Arrays.toString(maxTargets));
        }
        if ((long) rows * seqLen > Integer.MAX_VALUE
                || Arrays.stream(maxTargets).asLongStream().sum() > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("Expected fewer than 2^31 tokens, and as many targets of all heads."
                    + " Received: " + rows + " rows of " + seqLen + " tokens, and " + Arrays.toString(maxTargets)
                    + " targets");
        }
    }

    /** A copy. */
    @Override
    public int[] maxTargets() {
        return maxTargets.clone();
    }

    /** Tokens of a batch. */
    public int tokens() {
        return rows * seqLen;
    }

    /** The most targets of a batch, of all heads together. */
    public int allTargets() {
        return Arrays.stream(maxTargets).sum();
    }

    /** @throws IllegalArgumentException if there is no head, or if the shape is for another number of heads */
    void requireTargetsFor(List<Head> heads) {
        if (heads.isEmpty()) {
            throw new IllegalArgumentException("Expected a model with a head to train or to score. Received: an encoder"
                    + " without heads. Make the model with a head");
        }
        if (maxTargets.length != heads.size()) {
            throw new IllegalArgumentException("Expected the most targets for each of the model's heads "
                    + heads.stream().map(Head::loss).toList() + ". Received: " + Arrays.toString(maxTargets)
                    + ". Choose the objective that suits the model");
        }
    }

    /** Equal in all parts, arrays by their content. */
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof PassShape that
                && rows == that.rows
                && seqLen == that.seqLen
                && Arrays.equals(maxTargets, that.maxTargets)
                && recompute == that.recompute;
    }

    @Override
    public int hashCode() {
        return Arrays.deepHashCode(new Object[] {rows, seqLen, maxTargets, recompute});
    }

    @Override
    public String toString() {
        return "PassShape[" + rows + "×" + seqLen + " tokens, at most " + Arrays.toString(maxTargets) + " targets"
                + (recompute ? ", activations computed again]" : "]");
    }
}
