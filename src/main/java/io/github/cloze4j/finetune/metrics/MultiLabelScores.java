package io.github.cloze4j.finetune.metrics;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Scores of rows that may have any number of labels, as scikit-learn computes them from label indicators.
 *
 * @param subsetAccuracy share of the rows whose labels are all right, in [0, 1]: {@code accuracy_score}
 * @param labels scores of each label. Averages are over every label, also those that occur nowhere
 * @param samples the mean over rows of each row's precision, recall and F1: {@code average="samples"}
 * @param undefinedSamples number of rows that have no label and are predicted to have none. Their F1 counts as 0
 */
public record MultiLabelScores(double subsetAccuracy, ClassScores labels, AverageScore samples, int undefinedSamples) {
    /**
     * Scores rows.
     *
     * @param gold {@code [rows, labels]}, the right labels
     * @param predicted {@code [rows, labels]}, the predicted labels
     * @throws IllegalArgumentException if there are no rows or no labels, or the shapes differ
     */
    public static MultiLabelScores of(boolean[][] gold, boolean[][] predicted) {
        MetricInput.sameColumns(gold, predicted);
        int rows = gold.length;
        int columns = gold[0].length;
        long[][] ofLabel = new long[columns][3];
        List<ClassScore> ofRow = new ArrayList<>(rows);
        int right = 0;
        for (int row = 0; row < rows; row++) {
            long[] counts = new long[3];
            for (int label = 0; label < columns; label++) {
                count(counts, gold[row][label], predicted[row][label]);
                count(ofLabel[label], gold[row][label], predicted[row][label]);
            }
            ofRow.add(score(counts));
            right += Arrays.equals(gold[row], predicted[row]) ? 1 : 0;
        }
        ClassScores samples = ClassScores.overAll(ofRow);
        ClassScores labels = ClassScores.overAll(
                Arrays.stream(ofLabel).map(MultiLabelScores::score).toList());
        return new MultiLabelScores((double) right / rows, labels, samples.macro(), samples.undefinedF1s());
    }

    private static void count(long[] counts, boolean gold, boolean predicted) {
        counts[0] += gold && predicted ? 1 : 0;
        counts[1] += predicted ? 1 : 0;
        counts[2] += gold ? 1 : 0;
    }

    private static ClassScore score(long[] counts) {
        return new ClassScore(counts[0], counts[1], counts[2]);
    }
}
