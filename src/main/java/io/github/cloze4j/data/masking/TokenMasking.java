package io.github.cloze4j.data.masking;

import io.github.cloze4j.random.RandomStream;

/**
 * Masks single tokens, each equally likely (Devlin et al., 2019, section 3.1). Of n tokens that are not special
 * {@code floor(probability · n + u)} are masked, u uniform on [0, 1): the share is exact on average, no row is more than
 * a token off, and each has at least one. Immutable.
 */
public final class TokenMasking implements MaskingStrategy {
    /** Tokens of a row that holds one document only and are special. */
    private static final int SPECIALS_OF_A_SEGMENT = 2;

    private final MaskBudget budget;
    private final SpecialTokens specialTokens;

    /**
     * A strategy.
     *
     * @param probability share of tokens to mask, in (0, 1]
     * @param specialTokens never masked
     */
    public TokenMasking(double probability, SpecialTokens specialTokens) {
        this.budget = new MaskBudget(probability);
        this.specialTokens = specialTokens;
    }

    @Override
    public int maxMasked(int seqLen) {
        return budget.atMost(seqLen - SPECIALS_OF_A_SEGMENT);
    }

    @Override
    public int[] choose(PackedRow row, RandomStream random) {
        Candidates candidates = Candidates.of(row, specialTokens);
        return candidates.sample(budget.exactOnAverage(candidates.count(), random), random);
    }
}
