package io.github.cloze4j.model;

/** Floating-point operations of the matrix products of a training step, a multiplication and an addition being two. */
public final class StepFlop {
    /** The product itself, and in backward one for the input's gradient and one for the weight's. */
    private static final double PRODUCTS = 3;

    private StepFlop() {}

    /**
     * Forward and backward over full rows, each one document.
     *
     * @param rows of the batch
     * @param seqLen tokens of a row
     * @param masked positions that the head sees
     */
    public static double of(BertConfig config, int rows, int seqLen, int masked) {
        double tokens = (double) rows * seqLen;
        double hidden = config.hiddenSize();
        double projections = 4 * tokens * hidden * hidden;
        double attention = 2 * tokens * seqLen * hidden;
        double feedForward = 2 * tokens * hidden * config.intermediateSize();
        double head = masked * hidden * (hidden + config.vocabSize());
        double multiplications = config.numHiddenLayers() * (projections + attention + feedForward) + head;
        return 2 * PRODUCTS * multiplications;
    }
}
