package io.github.cloze4j.data.masking;

import io.github.cloze4j.random.RandomStream;

/**
 * Chooses which tokens of a row are masked; {@link Masker} then replaces them. An implementation that masks words or
 * spans finds the documents' borders in the row, and takes what it must know of words ({@link WordBoundaries}) in
 * its constructor. Implementations are immutable and thread-safe.
 */
public interface MaskingStrategy {
    /** The most positions that {@link #choose} returns for a row of {@code seqLen} tokens. */
    int maxMasked(int seqLen);

    /**
     * Chooses tokens of a row, never a special token.
     *
     * @param row the row's real tokens; must not be changed
     * @param random the only source of chance, so that the choice can be repeated
     * @return ascending indices into {@code row.ids()}, none twice; empty where nothing can be masked
     */
    int[] choose(PackedRow row, RandomStream random);

    /** Whether chosen tokens that stand next to each other all become {@code [MASK]}, all random tokens, or all stay. */
    default boolean replacesNeighboursAlike() {
        return false;
    }
}
