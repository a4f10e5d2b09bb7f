package io.github.cloze4j.data.masking;

import io.github.cloze4j.random.RandomStream;
import java.util.Arrays;

/**
 * Masks each token by a draw of its own, as Hugging Face's {@code DataCollatorForLanguageModeling} does. Where that draws
 * none of a row, one is masked, each equally likely: of a full row this happens once in 10^9 times, and no loss is taken
 * over nothing. Immutable.
 */
public final class HuggingFaceMasking implements MaskingStrategy {
    private final double probability;
    private final SpecialTokens specialTokens;

    /**
     * A strategy.
     *
     * @param probability that a token is masked, in (0, 1]
     * @param specialTokens never masked
     */
    public HuggingFaceMasking(double probability, SpecialTokens specialTokens) {
        this.probability = new MaskBudget(probability).probability();
        this.specialTokens = specialTokens;
    }

    @Override
    public int maxMasked(int seqLen) {
        return seqLen;
    }

    @Override
    public int[] choose(PackedRow row, RandomStream random) {
        Candidates candidates = Candidates.of(row, specialTokens);
        int[] chosen = new int[candidates.count()];
        int count = 0;
        for (int position : candidates.positions()) {
            if (random.nextDouble() < probability) {
                chosen[count++] = position;
            }
        }
        return count == 0 ? candidates.sample(1, random) : Arrays.copyOf(chosen, count);
    }
}
