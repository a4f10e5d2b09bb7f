package io.github.cloze4j.data.masking;

import io.github.cloze4j.random.RandomStream;
import java.util.BitSet;
import java.util.stream.IntStream;

/** Masks words as wholes, within a budget of tokens. */
abstract class WordMasking implements MaskingStrategy {
    private final MaskBudget budget;
    private final SpecialTokens specialTokens;
    private final WordBoundaries boundaries;

    /**
     * A strategy.
     *
     * @param probability share of tokens to mask, in (0, 1]
     * @param specialTokens never masked
     * @param boundaries says what a word is
     */
    WordMasking(double probability, SpecialTokens specialTokens, WordBoundaries boundaries) {
        this.budget = new MaskBudget(probability);
        this.specialTokens = specialTokens;
        this.boundaries = boundaries;
    }

    @Override
    public final int maxMasked(int seqLen) {
        return budget.atMost(seqLen);
    }

    @Override
    public final int[] choose(PackedRow row, RandomStream random) {
        RowWords words = RowWords.of(row, specialTokens, boundaries);
        return words.positions(chooseWords(words, tokensToMask(budget, row, words), random));
    }

    /** Google's number: of the row's length, special tokens included. */
    int tokensToMask(MaskBudget budget, PackedRow row, RowWords words) {
        return budget.rounded(row.ids().length);
    }

    /** Words that have at most {@code tokens} tokens together. */
    abstract BitSet chooseWords(RowWords words, int tokens, RandomStream random);

    /** The words of a row in random order, each order equally likely. */
    static int[] shuffled(RowWords words, RandomStream random) {
        int[] order = IntStream.range(0, words.count()).toArray();
        random.shuffle(order, order.length);
        return order;
    }
}
