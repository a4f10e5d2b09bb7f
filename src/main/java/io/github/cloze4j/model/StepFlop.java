package io.github.cloze4j.model;

/** Floating-point operations of the matrix products of a training step, a multiplication and an addition being two. */
public final class StepFlop {
    /** The product itself, and in backward one for the input's gradient and one for the weight's. */
    private static final double PRODUCTS = 3;

    private StepFlop() {}

    /**
     * Forward and backward over full rows, each one document.
     *
     * @param rows rows of the batch
     * @param seqLen tokens of a row
     * @param masked positions that the head reads; after the attention of the last layer, only they are computed
     */
    public static double of(BertConfig config, int rows, int seqLen, int masked) {
        double tokens = (double) rows * seqLen;
        double hidden = config.hiddenSize();
        double attention = tokens * (3 * hidden * hidden + 2 * seqLen * hidden);
        double afterAttention = hidden * hidden + 2 * hidden * config.intermediateSize();
        double belowLast = (config.numHiddenLayers() - 1) * tokens * afterAttention;
        double head = masked * hidden * (hidden + config.vocabSize());
        double multiplications = config.numHiddenLayers() * attention + belowLast + masked * afterAttention + head;
        return 2 * PRODUCTS * multiplications;
    }
}
