package io.github.cloze4j.data;

import io.github.cloze4j.data.masking.MaskingStrategy;
import io.github.cloze4j.data.masking.SpecialTokens;
import io.github.cloze4j.data.masking.TokenReplacement;

/**
 * What batches are like. The batches are a function of all of it but {@code workers}.
 *
 * @param rows rows of a batch, at least 1
 * @param seqLen tokens of a row, at least 3: {@code [CLS]}, a token, {@code [SEP]}
 * @param vocabularySize tokens in the vocabulary that the documents were made with
 * @param specialTokens of that vocabulary
 * @param masking chooses what is masked
 * @param replacement what masked tokens become
 * @param seed of order, pairs and masks; every value is a seed
 * @param workers threads that build batches ahead; 0 builds them on the thread that asks
 * @param objective whether rows hold pairs of texts; with pairs {@code seqLen} is at least 5
 */
public record BatchConfig(
        int rows,
        int seqLen,
        int vocabularySize,
        SpecialTokens specialTokens,
        MaskingStrategy masking,
        TokenReplacement replacement,
        long seed,
        int workers,
        Objective objective) {
    private static final int SHORTEST_ROW = 3;

    /** Batches for masked language modelling alone. */
    public BatchConfig(
            int rows,
            int seqLen,
            int vocabularySize,
            SpecialTokens specialTokens,
            MaskingStrategy masking,
            TokenReplacement replacement,
            long seed,
            int workers) {
        this(rows, seqLen, vocabularySize, specialTokens, masking, replacement, seed, workers, Objective.MLM);
    }

    /** Checks the ranges. */
    public BatchConfig {
        if (rows < 1) {
            throw new IllegalArgumentException("Expected at least 1 row. Received: " + rows);
        }
        if (seqLen < SHORTEST_ROW) {
            throw new IllegalArgumentException("Expected rows of at least " + SHORTEST_ROW
                    + " tokens, for [CLS], a token and [SEP]. Received: " + seqLen);
        }
        if (objective.hasPairs() && seqLen < Objective.SHORTEST_PAIR) {
            throw new IllegalArgumentException("Expected rows of at least " + Objective.SHORTEST_PAIR
                    + " tokens, for [CLS], a token, [SEP], a token and [SEP]. Received: " + seqLen);
        }
        if ((long) rows * seqLen > Integer.MAX_VALUE) {
            throw new IllegalArgumentException(
                    "Expected fewer than 2^31 tokens in a batch. Received: " + rows + " rows of " + seqLen);
        }
        if (specialTokens.highest() >= vocabularySize) {
            throw new IllegalArgumentException("Expected special tokens below the vocabulary's size " + vocabularySize
                    + ". Received: " + specialTokens);
        }
        if (workers < 0) {
            throw new IllegalArgumentException("Expected 0 workers or more. Received: " + workers);
        }
    }

    /** The most targets that a batch has for each head: masked tokens, and pairs if the objective has them. */
    public int[] maxTargets() {
        return objective.maxTargets(rows, seqLen, masking.maxMasked(seqLen));
    }
}
