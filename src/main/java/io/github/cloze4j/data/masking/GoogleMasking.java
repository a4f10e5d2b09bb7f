package io.github.cloze4j.data.masking;

import io.github.cloze4j.random.RandomStream;

/**
 * Masks single tokens as Google's {@code create_masked_lm_predictions} does: {@code probability} times the row's length,
 * {@code [CLS]} and {@code [SEP]} included, rounded to the nearest number and at least 1; each token equally likely. A row
 * is what Google calls an example. Its limit {@code max_predictions_per_seq}, which Google sets to the share of a full
 * row, is that share here. Immutable.
 */
public final class GoogleMasking implements MaskingStrategy {
    private final MaskBudget budget;
    private final SpecialTokens specialTokens;

    /**
     * A strategy.
     *
     * @param probability share of tokens to mask, in (0, 1]
     * @param specialTokens never masked
     */
    public GoogleMasking(double probability, SpecialTokens specialTokens) {
        this.budget = new MaskBudget(probability);
        this.specialTokens = specialTokens;
    }

    @Override
    public int maxMasked(int seqLen) {
        return budget.rounded(seqLen);
    }

    @Override
    public int[] choose(PackedRow row, RandomStream random) {
        return Candidates.of(row, specialTokens).sample(budget.rounded(row.ids().length), random);
    }
}
