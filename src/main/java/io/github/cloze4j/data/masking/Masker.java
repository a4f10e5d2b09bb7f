package io.github.cloze4j.data.masking;

import io.github.cloze4j.random.RandomStream;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Replaces chosen tokens as {@link TokenReplacement} says: by {@code [MASK]}, by a random token of the whole vocabulary, or
 * not at all. This is drawn for each token by itself or, where {@link MaskingStrategy#replacesNeighboursAlike} says so, once
 * for tokens that stand next to each other. Immutable and thread-safe.
 */
public final class Masker {
    private final MaskingStrategy strategy;
    private final TokenReplacement replacement;
    private final SpecialTokens specialTokens;
    private final int vocabularySize;
    private final int maxMasked;

    /**
     * A masker.
     *
     * @param strategy chooses the tokens of a row
     * @param replacement the shares of masked tokens that are replaced
     * @param specialTokens the special tokens of the vocabulary, which a strategy must not choose
     * @param vocabularySize the number of ids; random ids are uniform on {@code [0, vocabularySize)}
     * @param seqLen the length of the longest row
     * @throws IllegalArgumentException if {@code [MASK]} is not in the vocabulary, or if the strategy says that it masks
     *     fewer than 1 or more than {@code seqLen} tokens
     */
    public Masker(
            MaskingStrategy strategy,
            TokenReplacement replacement,
            SpecialTokens specialTokens,
            int vocabularySize,
            int seqLen) {
        if (specialTokens.mask() >= vocabularySize) {
            throw new IllegalArgumentException(
                    "Expected the id of [MASK] in [0, " + vocabularySize + "). Received: " + specialTokens.mask());
        }
        this.strategy = strategy;
        this.replacement = replacement;
        this.specialTokens = specialTokens;
        this.vocabularySize = vocabularySize;
        maxMasked = strategy.maxMasked(seqLen);
        if (maxMasked < 1 || maxMasked > seqLen) {
            throw new IllegalArgumentException("Expected a masking strategy whose maxMasked(" + seqLen + ") is in [1, "
                    + seqLen + "]. Received: " + maxMasked + " from " + strategy + ". Correct its maxMasked");
        }
    }

    /**
     * What was masked in a row.
     *
     * @param positions {@code [masked]} ascending indices into the row's ids
     * @param labels {@code [masked]} the ids that stood there
     */
    public record Masked(int[] positions, int[] labels) {
        /** Equal in all parts, arrays by their content. */
        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Masked that && Arrays.deepEquals(parts(), that.parts());
        }

        @Override
        public int hashCode() {
            return Arrays.deepHashCode(parts());
        }

        private Object[] parts() {
            return new Object[] {positions, labels};
        }

        /** Short: arrays are not printed. */
        @Override
        public String toString() {
            return "Masked[" + positions.length + " positions]";
        }
    }

    /**
     * Masks a row in place: {@code row.ids()} changes at the positions returned.
     *
     * @throws IllegalArgumentException if the strategy chose positions that are not ascending, not in the row, of special
     *     tokens, or more than it said
     */
    public Masked mask(PackedRow row, RandomStream random) {
        int[] positions = strategy.choose(row, random);
        requireChoice(positions, row.ids());
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

    /** A wrong choice would train on wrong tokens in silence. */
    private void requireChoice(int[] positions, int[] ids) {
        if (positions.length > maxMasked) {
            throw refused("at most " + maxMasked + " positions of a row, as its maxMasked says", positions);
        }
        int previous = -1;
        for (int position : positions) {
            if (position <= previous || position >= ids.length) {
                throw refused("ascending positions in [0, " + ids.length + "), none twice", positions);
            }
            if (specialTokens.contains(ids[position])) {
                throw refused("no special token, such as id " + ids[position] + " at position " + position, positions);
            }
            previous = position;
        }
    }

    private IllegalArgumentException refused(String expected, int[] positions) {
        return new IllegalArgumentException("Expected a masking strategy that chooses " + expected + ". Received: "
                + Arrays.toString(positions) + " from " + strategy + ". Correct its choose");
    }

    /** @param lot uniform on [0, 1) */
    private int replace(int original, double lot, RandomStream random) {
        if (lot < replacement.mask()) {
            return specialTokens.mask();
        }
        return lot < replacement.mask() + replacement.random() ? random.nextInt(vocabularySize) : original;
    }
}
