package io.github.cloze4j.finetune;

/**
 * How labelled data becomes batches. What belongs to training, such as epochs and the learning rate, stands in {@link
 * io.github.cloze4j.train.TrainingConfig}.
 *
 * @param batchSize examples of a batch, at least 1
 * @param seqLen tokens of a row, at least as many as the longest text has; a row holds several short texts
 * @param seed of the order of examples and of dropout
 * @param recomputeActivations whether backward computes activations again, which takes less memory and more time
 */
public record FineTuningConfig(int batchSize, int seqLen, long seed, boolean recomputeActivations) {
    /** Checks the ranges. */
    public FineTuningConfig {
        if (batchSize < 1 || seqLen < 1) {
            throw new IllegalArgumentException(
                    "Expected batchSize and seqLen of at least 1. Received: " + batchSize + ", " + seqLen);
        }
    }

    /** The seed 0, and all activations kept. */
    public static FineTuningConfig of(int batchSize, int seqLen) {
        return new FineTuningConfig(batchSize, seqLen, 0, false);
    }

    /** The same with another seed. */
    public FineTuningConfig withSeed(long other) {
        return new FineTuningConfig(batchSize, seqLen, other, recomputeActivations);
    }
}
