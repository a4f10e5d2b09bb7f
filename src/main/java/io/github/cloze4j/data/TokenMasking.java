package io.github.cloze4j.data;

import io.github.cloze4j.random.RandomStream;
import java.util.Arrays;

/**
 * Masks single tokens, each equally likely (Devlin et al., 2019, section 3.1). Of a row's {@code n} tokens that are not
 * special, {@code floor(probability · n + u)} are masked, u uniform on [0, 1): on average exactly the probability, and
 * never more than a token off in a row. At least one is masked where there is one.
 *
 * @param probability share of tokens to mask, in (0, 1]
 * @param specialTokens never masked
 */
public record TokenMasking(double probability, SpecialTokens specialTokens) implements MaskingStrategy {
    /** Tokens of a row that holds one document only and are special. */
    private static final int SPECIALS_OF_A_SEGMENT = 2;

    /** Checks the probability. */
    public TokenMasking {
        if (!(probability > 0 && probability <= 1)) {
            throw new IllegalArgumentException(
                    "Expected a mask probability in (0, 1]. Received: " + probability + ". BERT uses 0.15");
        }
    }

    @Override
    public int maxMasked(int seqLen) {
        return atMost(seqLen - SPECIALS_OF_A_SEGMENT);
    }

    @Override
    public int[] choose(PackedRow row, RandomStream random) {
        int[] candidates = candidates(row.ids());
        if (candidates.length == 0) {
            return candidates;
        }
        int drawn = (int) (probability * candidates.length + random.nextDouble());
        // The sum can round up to the next integer where u is close to 1.
        int masked = Math.min(Math.max(drawn, 1), atMost(candidates.length));
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

    private int atMost(int candidates) {
        return Math.max(1, (int) Math.ceil(probability * candidates));
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
