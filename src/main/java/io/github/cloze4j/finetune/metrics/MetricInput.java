package io.github.cloze4j.finetune.metrics;

/** Checks of the arguments of metrics. Each failed check is an {@link IllegalArgumentException}. */
final class MetricInput {
    private MetricInput() {}

    /** Checks that there are as many predictions as gold values, and at least one. */
    static void sameRows(int gold, int predicted) {
        if (gold != predicted) {
            throw new IllegalArgumentException("Expected as many predictions as gold values. Received: " + predicted
                    + " predictions for " + gold + " gold values. Score each row exactly once.");
        }
        atLeastOneRow(gold);
    }

    /** Checks that there is something to score. */
    static void atLeastOneRow(int rows) {
        if (rows == 0) {
            throw new IllegalArgumentException(
                    "Expected at least one row to score. Received: none. Evaluate on data that is not empty.");
        }
    }

    /** Checks the number of classes. */
    static void atLeastOneClass(int classes) {
        if (classes < 1) {
            throw new IllegalArgumentException(
                    "Expected at least one class. Received: " + classes + ". Pass the number of the model's labels.");
        }
    }

    /**
     * Checks that every label is a class.
     *
     * @param what the name of the labels in the message, such as {@code gold}
     */
    static void classesInRange(String what, int[] labels, int classes) {
        for (int row = 0; row < labels.length; row++) {
            if (labels[row] < 0 || labels[row] >= classes) {
                throw new IllegalArgumentException("Expected " + what + " labels from 0 to " + (classes - 1)
                        + ". Received: " + labels[row] + " in row " + row + ". Leave out rows without a label.");
            }
        }
    }

    /**
     * Checks that no number is NaN or infinite.
     *
     * @param what the name of the numbers in the message, such as {@code predicted}
     */
    static void finite(String what, double[] values) {
        for (int row = 0; row < values.length; row++) {
            if (!Double.isFinite(values[row])) {
                throw new IllegalArgumentException("Expected " + what + " values that are finite. Received: "
                        + values[row] + " in row " + row + ". Look for a training run that diverged.");
            }
        }
    }

    /** Checks that every row has the columns of the first row of the gold labels. */
    static void sameColumns(boolean[][] gold, boolean[][] predicted) {
        sameRows(gold.length, predicted.length);
        int columns = gold[0].length;
        atLeastOneClass(columns);
        for (int row = 0; row < gold.length; row++) {
            if (gold[row].length != columns || predicted[row].length != columns) {
                throw new IllegalArgumentException("Expected " + columns + " labels in every row. Received: "
                        + gold[row].length + " gold and " + predicted[row].length + " predicted labels in row " + row
                        + ". Pass one boolean for each label of the model.");
            }
        }
    }
}
