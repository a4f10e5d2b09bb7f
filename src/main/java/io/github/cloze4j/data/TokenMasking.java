package io.github.cloze4j.data;

import io.github.cloze4j.random.RandomStream;
import java.util.Arrays;

/**
 * Masks single tokens, each equally likely (Devlin et al., 2019, section 3.1); as many as {@link MaskBudget} says.
 * Immutable.
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
        int[] candidates = candidates(row.ids());
        int masked = budget.draw(candidates.length, random);
        // The first steps of a Fisher-Yates shuffle: a uniform choice without replacement.
        for (int i = 0; i < masked; i++) {
            int j = i + random.nextInt(candidates.length - i);
            int swapped = candidates[i];
            candidates[i] = candidates[j];
            candidates[j] = swapped;
        }
        int[] chosen = Arrays.copyOf(candidates, masked);
        Arrays.sort(chosen);
        return chosen;
    }

    private int[] candidates(int[] ids) {
        int[] candidates = new int[ids.length];
        int count = 0;
        for (int i = 0; i < ids.length; i++) {
            if (!specialTokens.contains(ids[i])) {
                candidates[count++] = i;
            }
        }
        return Arrays.copyOf(candidates, count);
    }
}
