package io.github.cloze4j.data;

import io.github.cloze4j.random.RandomStream;

/**
 * Replaces chosen tokens as BERT does (Devlin et al., 2019, section 3.1): 80 % become {@code [MASK]}, 10 % a random token
 * of the whole vocabulary, 10 % stay; drawn for each token by itself. Immutable and thread-safe.
 */
public final class MlmMasker {
    private static final int TENTHS = 10;
    private static final int MASK_TENTHS = 8;
    private static final int RANDOM_TENTHS = 1;

    private final MaskingStrategy strategy;
    private final int maskId;
    private final int vocabularySize;

    /**
     * A masker.
     *
     * @param strategy chooses the tokens
     * @param maskId id of {@code [MASK]}
     * @param vocabularySize random ids are uniform on {@code [0, vocabularySize)}
     */
    public MlmMasker(MaskingStrategy strategy, int maskId, int vocabularySize) {
        if (maskId < 0 || maskId >= vocabularySize) {
            throw new IllegalArgumentException(
                    "Expected the id of [MASK] in [0, " + vocabularySize + "). Received: " + maskId);
        }
        this.strategy = strategy;
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
        for (int i = 0; i < positions.length; i++) {
            labels[i] = ids[positions[i]];
            ids[positions[i]] = replacement(labels[i], random);
        }
        return new Masked(positions, labels);
    }

    private int replacement(int original, RandomStream random) {
        int tenth = random.nextInt(TENTHS);
        if (tenth < MASK_TENTHS) {
            return maskId;
        }
        return tenth < MASK_TENTHS + RANDOM_TENTHS ? random.nextInt(vocabularySize) : original;
    }
}
