package io.github.cloze4j.data;

import java.util.Locale;

/** What a model is pretrained on: masked words, alone or with a question about pairs of texts, or the next word. */
public enum Objective {
    /** Masked language modelling alone, on pieces of documents. */
    MLM,
    /**
     * With next-sentence prediction (Devlin et al., 2019, section 3.1, task 2): does the second text follow the first, or
     * does it come from another document?
     */
    MLM_NSP,
    /**
     * With sentence-order prediction (Lan et al., 2020, section 3.1): the second text follows the first, or the two are
     * swapped.
     */
    MLM_SOP,
    /** Causal language modelling: each token sees the tokens before it, and predicts the next one. */
    CLM,
    /**
     * The sequence-to-sequence language model of UniLM (Dong et al., 2019): a text is cut into a source, which all of its tokens
     * see, and a target, of which each token sees the source and what is before it, and predicts the next one.
     */
    PREFIX_LM;

    /** The tokens of the shortest pair: {@code [CLS]}, a token, {@code [SEP]}, a token, {@code [SEP]}. */
    private static final int SHORTEST_PAIR = 5;

    private static final int SHORTEST_TEXT = 3;

    /** The name in settings, files and messages, such as {@code prefix-lm}. */
    public String text() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** Whether batches hold pairs of texts and a question about each, which need documents of several sentences. */
    public boolean hasPairs() {
        return this == MLM_NSP || this == MLM_SOP;
    }

    /** Whether a token predicts the next one; else what a mask hides is predicted. */
    public boolean predictsNext() {
        return this == CLM || this == PREFIX_LM;
    }

    /** For messages: the tokens that are in no target. */
    public String neverPredicted() {
        return "unknown and special tokens are never predicted"
                + (this == PREFIX_LM ? ", nor is the only token of a document, which leaves no target" : "");
    }

    /** Token types of the batches: 2 if the texts stand in two parts. */
    public int tokenTypes() {
        return hasPairs() || this == PREFIX_LM ? 2 : 1;
    }

    /** Special tokens that are added to a text or to a pair. */
    public int addedTokens() {
        return tokenTypes() == 1 ? Example.ADDED_TO_A_TEXT : Example.ADDED_TO_A_PAIR;
    }

    /** The tokens of the shortest row. */
    public int shortestRow() {
        return tokenTypes() == 1 ? SHORTEST_TEXT : SHORTEST_PAIR;
    }

    /**
     * The most targets that a batch has for each head: words, and pairs if there are such.
     *
     * @param rows of the batch
     * @param seqLen tokens of a row
     * @param wordsOfARow the most words of a row that are predicted
     */
    public int[] maxTargets(int rows, int seqLen, int wordsOfARow) {
        int words = Math.multiplyExact(rows, wordsOfARow);
        int tokens = Math.multiplyExact(rows, seqLen);
        return hasPairs() ? new int[] {words, Math.max(1, tokens / SHORTEST_PAIR)} : new int[] {words};
    }
}
