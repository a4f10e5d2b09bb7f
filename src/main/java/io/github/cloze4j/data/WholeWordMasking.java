package io.github.cloze4j.data;

import io.github.cloze4j.random.RandomStream;
import java.util.BitSet;

/**
 * Masks all tokens of a word or none, as Google's whole-word models do: words are taken in random order until the budget
 * of tokens is used, and a word that would overshoot it is passed over. Rows in which every word is longer than the budget
 * have nothing masked.
 */
public final class WholeWordMasking implements MaskingStrategy {
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
    public WholeWordMasking(double probability, SpecialTokens specialTokens, BitSet continuing) {
        this.budget = new MaskBudget(probability);
        this.specialTokens = specialTokens;
        this.continuing = continuing;
    }

    @Override
    public int maxMasked(int seqLen) {
        return budget.atMost(seqLen);
    }

    @Override
    public int[] choose(PackedRow row, RandomStream random) {
        RowWords words = RowWords.of(row, specialTokens, continuing);
        int left = budget.draw(words.tokens(), random);
        int[] order = new int[words.count()];
        for (int i = 0; i < order.length; i++) {
            order[i] = i;
        }
        BitSet chosen = new BitSet(words.count());
        for (int i = 0; i < order.length && left > 0; i++) {
            int j = i + random.nextInt(order.length - i);
            int word = order[j];
            order[j] = order[i];
            if (words.length(word) <= left) {
                chosen.set(word);
                left -= words.length(word);
            }
        }
        return words.positions(chosen);
    }
}
