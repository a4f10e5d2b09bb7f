package io.github.cloze4j.data;

import io.github.cloze4j.random.RandomStream;
import java.util.BitSet;

/** Masks words as wholes, within a budget of tokens. */
abstract class WordMasking implements MaskingStrategy {
    private final MaskBudget budget;
    private final SpecialTokens specialTokens;
    private final BitSet continuing;

    /**
     * A strategy.
     *
     * @param probability share of tokens to mask, in (0, 1]
     * @param specialTokens never masked
     * @param continuing ids of the tokens that continue a word ({@code ##…}); not changed afterwards
     */
    WordMasking(double probability, SpecialTokens specialTokens, BitSet continuing) {
        this.budget = new MaskBudget(probability);
        this.specialTokens = specialTokens;
        this.continuing = continuing;
    }

    @Override
    public final int maxMasked(int seqLen) {
        return budget.atMost(seqLen);
    }

    @Override
    public final int[] choose(PackedRow row, RandomStream random) {
        RowWords words = RowWords.of(row, specialTokens, continuing);
        return words.positions(chooseWords(words, budget.draw(words.tokens(), random), random));
    }

    /** Words that have at most {@code tokens} tokens together. */
    abstract BitSet chooseWords(RowWords words, int tokens, RandomStream random);
}
