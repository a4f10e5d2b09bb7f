package io.github.cloze4j.data.masking;

import io.github.cloze4j.random.RandomStream;
import java.util.BitSet;

/**
 * Masks all tokens of a word or none, as Google's {@code create_masked_lm_predictions} does for whole words: words are
 * taken in random order until the number of tokens of {@link GoogleMasking} is reached, and a word that would overshoot it
 * is passed over. Rows in which every word is longer have nothing masked. Immutable.
 */
public final class WholeWordMasking extends WordMasking {
    /**
     * A strategy.
     *
     * @param probability share of tokens to mask, in (0, 1]
     * @param specialTokens never masked
     * @param boundaries says what a word is
     */
    public WholeWordMasking(double probability, SpecialTokens specialTokens, WordBoundaries boundaries) {
        super(probability, specialTokens, boundaries);
    }

    @Override
    BitSet chooseWords(RowWords words, int tokens, RandomStream random) {
        int left = tokens;
        BitSet chosen = new BitSet(words.count());
        for (int word : shuffled(words, random)) {
            if (words.length(word) <= left) {
                chosen.set(word);
                left -= words.length(word);
            }
        }
        return chosen;
    }
}
