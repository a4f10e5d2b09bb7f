package io.github.cloze4j.kernel;

/**
 * The sizes of a pass that a provider's own memory depends on.
 *
 * @param rows of a batch, each of {@code seqLen} tokens
 * @param seqLen the most tokens of a document
 * @param masked positions that the head sees
 * @param logitRows positions whose logits exist at a time
 * @param hidden the model's width
 * @param intermediate width of the feed-forward layers
 * @param heads of attention
 * @param vocabulary of the model
 * @param operandBytes of the arrays that products read: the parameters' values and the activations
 * @param layers of the encoder
 * @param microBatches of a training step; 0 where no backward pass follows
 */
public record StepShape(
        int rows,
        int seqLen,
        int masked,
        int logitRows,
        int hidden,
        int intermediate,
        int heads,
        int vocabulary,
        long operandBytes,
        int layers,
        int microBatches) {
    /** Whether a backward pass follows. */
    public boolean training() {
        return microBatches > 0;
    }

    /** Rows of the encoder's matrices. */
    public int tokens() {
        return Math.multiplyExact(rows, seqLen);
    }
}
