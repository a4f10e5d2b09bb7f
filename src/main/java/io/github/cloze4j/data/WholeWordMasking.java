package io.github.cloze4j.data;

import io.github.cloze4j.random.RandomStream;
import java.util.BitSet;

/**
 * Masks all tokens of a word or none, as Google's whole-word models do: words are taken in random order until the budget
 * of tokens is used, and a word that would overshoot it is passed over. Rows in which every word is longer than the budget
 * have nothing masked.
 */
public final class WholeWordMasking extends WordMasking {
    /**
     * A strategy.
     *
     * @param probability share of tokens to mask, in (0, 1]
     * @param specialTokens never masked
     * @param continuing ids of the tokens that continue a word ({@code ##…}); not changed afterwards
     */
    public WholeWordMasking(double probability, SpecialTokens specialTokens, BitSet continuing) {
        super(probability, specialTokens, continuing);
    }

    @Override
    BitSet chooseWords(RowWords words, int tokens, RandomStream random) {
        int left = tokens;
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
        return chosen;
    }
}
