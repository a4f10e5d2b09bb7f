package io.github.cloze4j.data.masking;

import io.github.cloze4j.random.RandomStream;
import java.util.BitSet;

/**
 * Masks n-grams of whole words as ALBERT's {@code create_masked_lm_predictions} does (Lan et al., 2020, section 4.1): every
 * word begins one n-gram; they are taken in random order, n from 1 to 3 with probability proportional to 1/n, until the
 * number of tokens of {@link GoogleMasking} is reached. An n-gram that would overshoot it is cut to fewer words, and passed
 * over where one is too long or a word is masked already. An n-gram ends with its document. Immutable.
 */
public final class NGramMasking extends WordMasking {
    private static final int LONGEST = 3;

    /** {@code 6 · Σ 1/n}, n from 1 to 3: of eleven parts six are single words, three pairs and two triples. */
    private static final int PARTS = 11;

    private static final int SINGLE_PARTS = 6;
    private static final int PAIR_PARTS = 3;

    /**
     * A strategy.
     *
     * @param probability share of tokens to mask, in (0, 1]
     * @param specialTokens never masked
     * @param boundaries says what a word is
     */
    public NGramMasking(double probability, SpecialTokens specialTokens, WordBoundaries boundaries) {
        super(probability, specialTokens, boundaries);
    }

    @Override
    BitSet chooseWords(RowWords words, int tokens, RandomStream random) {
        int left = tokens;
        BitSet chosen = new BitSet(words.count());
        for (int first : shuffled(words, random)) {
            if (left == 0) {
                break;
            }
            int end = first + drawLength(random);
            while (end > first && (!sameDocument(words, first, end) || words.length(first, end) > left)) {
                end--;
            }
            if (chosen.get(first, end).isEmpty()) {
                chosen.set(first, end);
                left -= words.length(first, end);
            }
        }
        return chosen;
    }

    private static boolean sameDocument(RowWords words, int first, int end) {
        return end <= words.count() && words.documents()[end - 1] == words.documents()[first];
    }

    /** In words. */
    static int drawLength(RandomStream random) {
        int part = random.nextInt(PARTS);
        if (part < SINGLE_PARTS) {
            return 1;
        }
        return part < SINGLE_PARTS + PAIR_PARTS ? 2 : LONGEST;
    }
}
