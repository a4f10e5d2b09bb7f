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
 * @param objective what the batches train; with pairs, and with a source and its target, {@code seqLen} is at least 5
 * @param nextWordShare the share of the tokens that predict the next word, of those that may, in (0, 1]
 * @param addedTokens the room for special tokens in each text or pair: {@link Objective#addedTokens}, or more, so that rows of
 *     different objectives hold the same texts
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
        Objective objective,
        double nextWordShare,
        int addedTokens) {
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

    /** Batches for one objective, which learns from every next word that it may. */
    public BatchConfig(
            int rows,
            int seqLen,
            int vocabularySize,
            SpecialTokens specialTokens,
            MaskingStrategy masking,
            TokenReplacement replacement,
            long seed,
            int workers,
            Objective objective) {
        this(
                rows,
                seqLen,
                vocabularySize,
                specialTokens,
                masking,
                replacement,
                seed,
                workers,
                objective,
                1,
                objective.addedTokens());
    }

    /** Checks the ranges. */
    public BatchConfig {
        if (rows < 1) {
            throw new IllegalArgumentException("Expected at least 1 row. Received: " + rows);
        }
        if (!(nextWordShare > 0 && nextWordShare <= 1)) {
            throw new IllegalArgumentException(
                    "Expected a share of the next words in (0, 1]. Received: " + nextWordShare);
        }
        if (addedTokens < objective.addedTokens()) {
            throw new IllegalArgumentException("Expected room for at least " + objective.addedTokens()
                    + " special tokens. Received: " + addedTokens);
        }
        int shortest = Math.max(objective.shortestRow(), addedTokens + 1);
        if (seqLen < shortest) {
            throw new IllegalArgumentException("Expected rows of at least " + shortest
                    + " tokens, for words and the special tokens around them. Received: " + seqLen);
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

    /** Tokens of a row that an example takes up, the room that is left free for special tokens included. */
    int room(Example example) {
        return objective.hasPairs() ? example.rowTokens() : example.textTokens() + addedTokens;
    }

    /** Chooses the targets of next words. */
    NextWords nextWords() {
        return new NextWords(nextWordShare, specialTokens);
    }

    /** The most targets that a batch has for each head: words, and pairs if the objective has them. */
    public int[] maxTargets() {
        int words = objective.predictsNext() ? nextWords().mostOfARow(seqLen) : masking.maxMasked(seqLen);
        return objective.maxTargets(rows, seqLen, words);
    }
}
