package io.github.cloze4j.data;

import io.github.cloze4j.random.RandomStream;
import java.util.BitSet;

/**
 * Masks spans of whole words (SpanBERT, Joshi et al., 2020): lengths in words are geometric with parameter 0.2, at most
 * 10, and the first word is uniform, until the budget of tokens is used. A span ends early at its document's end, at a
 * word that is masked already, and at one that would overshoot the budget.
 */
public final class SpanMasking extends WordMasking {
    private static final double END_PROBABILITY = 0.2;
    private static final int LONGEST_SPAN = 10;
    /** Enough that giving up hardly ever leaves a budget unused that could be used. */
    private static final int TRIES_PER_WORD = 4;

    /**
     * A strategy.
     *
     * @param probability share of tokens to mask, in (0, 1]
     * @param specialTokens never masked
     * @param continuing ids of the tokens that continue a word ({@code ##…}); not changed afterwards
     */
    public SpanMasking(double probability, SpecialTokens specialTokens, BitSet continuing) {
        super(probability, specialTokens, continuing);
    }

    @Override
    BitSet chooseWords(RowWords words, int tokens, RandomStream random) {
        int left = tokens;
        BitSet chosen = new BitSet(words.count());
        for (int tries = TRIES_PER_WORD * words.count(); tries > 0 && left > 0; tries--) {
            int first = random.nextInt(words.count());
            int end = Math.min(words.count(), first + drawLength(random));
            for (int word = first; word < end && canBeMasked(words, word, first, chosen, left); word++) {
                chosen.set(word);
                left -= words.length(word);
            }
        }
        return chosen;
    }

    private static boolean canBeMasked(RowWords words, int word, int first, BitSet chosen, int left) {
        return !chosen.get(word) && words.documents()[word] == words.documents()[first] && words.length(word) <= left;
    }

    private static int drawLength(RandomStream random) {
        int length = 1;
        while (length < LONGEST_SPAN && random.nextDouble() >= END_PROBABILITY) {
            length++;
        }
        return length;
    }
}
