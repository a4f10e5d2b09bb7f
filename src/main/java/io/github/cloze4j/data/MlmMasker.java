package io.github.cloze4j.data;

import io.github.cloze4j.random.RandomStream;

/**
 * Replaces chosen tokens as {@link TokenReplacement} says: by {@code [MASK]}, by a random token of the whole vocabulary, or
 * not at all. This is drawn for each token by itself or, where {@link MaskingStrategy#replacesNeighboursAlike} says so, once
 * for tokens that stand next to each other. Immutable and thread-safe.
 */
public final class MlmMasker {
    private final MaskingStrategy strategy;
    private final TokenReplacement replacement;
    private final int maskId;
    private final int vocabularySize;

    /**
     * A masker.
     *
     * @param strategy chooses the tokens
     * @param replacement what becomes of them
     * @param maskId id of {@code [MASK]}
     * @param vocabularySize random ids are uniform on {@code [0, vocabularySize)}
     */
    public MlmMasker(MaskingStrategy strategy, TokenReplacement replacement, int maskId, int vocabularySize) {
        if (maskId < 0 || maskId >= vocabularySize) {
            throw new IllegalArgumentException(
                    "Expected the id of [MASK] in [0, " + vocabularySize + "). Received: " + maskId);
        }
        this.strategy = strategy;
        this.replacement = replacement;
        this.maskId = maskId;
        this.vocabularySize = vocabularySize;
    }

    /**
     * What was masked in a row.
     *
     * @param positions {@code [masked]} ascending indices into the row's ids
     * @param labels {@code [masked]} the ids that stood there
     */
    public record Masked(int[] positions, int[] labels) {}

    /** Masks a row in place: {@code row.ids()} changes at the positions returned. */
    public Masked mask(PackedRow row, RandomStream random) {
        int[] positions = strategy.choose(row, random);
        int[] ids = row.ids();
        int[] labels = new int[positions.length];
        double lot = 0;
        for (int i = 0; i < positions.length; i++) {
            boolean neighbour = i > 0 && positions[i] == positions[i - 1] + 1;
            if (!neighbour || !strategy.replacesNeighboursAlike()) {
                lot = random.nextDouble();
            }
            labels[i] = ids[positions[i]];
            ids[positions[i]] = replace(labels[i], lot, random);
        }
        return new Masked(positions, labels);
    }

    /** @param lot uniform on [0, 1) */
    private int replace(int original, double lot, RandomStream random) {
        if (lot < replacement.mask()) {
            return maskId;
        }
        return lot < replacement.mask() + replacement.random() ? random.nextInt(vocabularySize) : original;
    }
}
