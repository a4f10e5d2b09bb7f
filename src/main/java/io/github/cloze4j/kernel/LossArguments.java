package io.github.cloze4j.kernel;

import org.nd4j.linalg.api.ndarray.INDArray;

/** Checks the arguments of losses: kernels read and write outside of their arrays with wrong ones. */
final class LossArguments {
    private static final int SPAN_COLUMNS = 2;

    private LossArguments() {}

    /** @throws IllegalArgumentException if the labels or weights do not fit the logits */
    static void requireClasses(INDArray logits, int[] labels, ClassLoss loss) {
        long classes = logits.size(1);
        if (labels.length != logits.size(0)) {
            throw new IllegalArgumentException(
                    "Expected a label for each of " + logits.size(0) + " rows. Received: " + labels.length + " labels");
        }
        for (int label : labels) {
            if (label < 0 || label >= classes) {
                throw new IllegalArgumentException("Expected labels in [0, " + classes + "). Received: " + label);
            }
        }
        if (!loss.weights().isEmpty() && loss.weights().size() != classes) {
            throw new IllegalArgumentException("Expected a weight for each of " + classes + " classes. Received: "
                    + loss.weights().size() + " weights");
        }
    }

    /** @throws IllegalArgumentException if there is not one finite value for each score */
    static void requireValues(INDArray scores, float[] values) {
        if (values.length != scores.length()) {
            throw new IllegalArgumentException(
                    "Expected a value for each of " + scores.length() + " scores. Received: " + values.length);
        }
        for (float value : values) {
            if (!Float.isFinite(value)) {
                throw new IllegalArgumentException("Expected finite values. Received: " + value);
            }
        }
    }

    /** @throws IllegalArgumentException if the values are not one share in [0, 1] for each score */
    static void requireShares(INDArray scores, float[] values) {
        requireValues(scores, values);
        for (float value : values) {
            if (value < 0 || value > 1) {
                throw new IllegalArgumentException("Expected values in [0, 1]. Received: " + value);
            }
        }
    }

    /** @throws IllegalArgumentException if the groups do not share out the rows, or a label is outside of its group */
    static void requireSpans(INDArray scores, int[] ends, int[] labels) {
        if (scores.size(1) != SPAN_COLUMNS || labels.length != SPAN_COLUMNS * ends.length) {
            throw new IllegalArgumentException(
                    "Expected two columns of scores and two labels for each of " + ends.length + " groups. Received: "
                            + scores.size(1) + " columns and " + labels.length + " labels");
        }
        int start = 0;
        for (int group = 0; group < ends.length; group++) {
            int length = ends[group] - start;
            for (int i = SPAN_COLUMNS * group; i < SPAN_COLUMNS * (group + 1); i++) {
                if (labels[i] < 0 || labels[i] >= length) {
                    throw new IllegalArgumentException("Expected labels inside their groups. Received: " + labels[i]
                            + " for group " + group + ", which is rows " + start + " to " + ends[group]);
                }
            }
            start = ends[group];
        }
        if (start != scores.size(0)) {
            throw new IllegalArgumentException(
                    "Expected groups that end with row " + scores.size(0) + ". Received: " + start);
        }
    }
}
