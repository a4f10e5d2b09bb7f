package io.github.cloze4j.data;

/** What a model is pretrained on: masked language modelling, alone or with a question about pairs of texts. */
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
    MLM_SOP;

    /** The tokens of the shortest pair: {@code [CLS]}, a token, {@code [SEP]}, a token, {@code [SEP]}. */
    public static final int SHORTEST_PAIR = 5;

    /** Whether batches hold pairs of texts, which need documents of several sentences. */
    public boolean hasPairs() {
        return this != MLM;
    }

    /**
     * The most targets that a batch has for each head: masked tokens, and pairs if there are such.
     *
     * @param rows of the batch
     * @param seqLen tokens of a row
     * @param maskedOfARow the most masked tokens of a row
     */
    public int[] maxTargets(int rows, int seqLen, int maskedOfARow) {
        int masked = Math.multiplyExact(rows, maskedOfARow);
        int tokens = Math.multiplyExact(rows, seqLen);
        return hasPairs() ? new int[] {masked, Math.max(1, tokens / SHORTEST_PAIR)} : new int[] {masked};
    }
}
