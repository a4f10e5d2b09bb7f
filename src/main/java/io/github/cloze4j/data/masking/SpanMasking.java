package io.github.cloze4j.data.masking;

import io.github.cloze4j.random.RandomStream;
import java.util.BitSet;

/**
 * Masks spans of whole words as SpanBERT's {@code PairWithSpanMaskingScheme} does (Joshi et al., 2020, section 3.1). A token
 * that is not masked yet is drawn, each equally likely; the span begins with its word and has a number of words that is
 * geometric with parameter 0.2 on 1 to 10 (3.8 on average), words masked before counting too. This goes on until the share
 * of the row's tokens, rounded up, is masked. Tokens that are masked next to each other are replaced alike.
 *
 * <p>Other than in SpanBERT a span ends with its document and before a word that would overshoot the number, so that words
 * stay whole; a few rows then have a token or two fewer. Immutable.
 */
public final class SpanMasking extends WordMasking {
    private static final double END_PROBABILITY = 0.2;
    private static final int LONGEST_SPAN = 10;
    /** Enough that giving up hardly ever leaves a budget unused that could be used. */
    private static final int TRIES_PER_TOKEN = 4;

    /**
     * A strategy.
     *
     * @param probability share of tokens to mask, in (0, 1]
     * @param specialTokens never masked
     * @param boundaries says what a word is
     */
    public SpanMasking(double probability, SpecialTokens specialTokens, WordBoundaries boundaries) {
        super(probability, specialTokens, boundaries);
    }

    @Override
    public boolean replacesNeighboursAlike() {
        return true;
    }

    @Override
    int tokensToMask(MaskBudget budget, PackedRow row, RowWords words) {
        return budget.atMost(words.tokens());
    }

    @Override
    BitSet chooseWords(RowWords words, int tokens, RandomStream random) {
        int candidates = words.tokens();
        int left = Math.min(tokens, candidates);
        BitSet chosen = new BitSet(words.count());
        for (int tries = TRIES_PER_TOKEN * candidates; tries > 0 && left > 0; tries--) {
            int first = words.wordOfToken(random.nextInt(candidates));
            if (!chosen.get(first)) {
                left = addSpan(words, first, drawLength(random), chosen, left);
            }
        }
        return chosen;
    }

    /** Returns the tokens that may still be masked. */
    private static int addSpan(RowWords words, int first, int length, BitSet chosen, int tokens) {
        int left = tokens;
        int end = Math.min(words.count(), first + length);
        for (int word = first; word < end && words.documents()[word] == words.documents()[first]; word++) {
            if (!chosen.get(word)) {
                if (words.length(word) > left) {
                    break;
                }
                chosen.set(word);
                left -= words.length(word);
            }
        }
        return left;
    }

    /** In words. */
    static int drawLength(RandomStream random) {
        int length;
        do {
            length = 1;
            while (random.nextDouble() >= END_PROBABILITY) {
                length++;
            }
            // Longer ones are drawn again, not cut: that is what makes the mean 3.8.
        } while (length > LONGEST_SPAN);
        return length;
    }
}
