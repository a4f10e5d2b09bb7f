package io.github.cloze4j.finetune.metrics;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Counts of gold and predicted classes, for rows that have one class each, and the metrics that follow from them. Immutable. The
 * reference is scikit-learn: {@code confusion_matrix}, {@code accuracy_score}, {@code matthews_corrcoef}, {@code
 * precision_recall_fscore_support}.
 */
public final class ConfusionMatrix {
    /** {@code [rows]} the right and the predicted classes: a matrix of thousands of classes would not fit into memory. */
    private final int[] goldOfRows;

    private final int[] predictedOfRows;
    /** {@code [classes]} rows that are right, have the class, and are predicted as the class. */
    private final long[] right;

    private final long[] gold;
    private final long[] predicted;

    private ConfusionMatrix(int[] goldOfRows, int[] predictedOfRows, int classes) {
        this.goldOfRows = goldOfRows;
        this.predictedOfRows = predictedOfRows;
        right = new long[classes];
        gold = new long[classes];
        predicted = new long[classes];
        for (int row = 0; row < goldOfRows.length; row++) {
            right[goldOfRows[row]] += goldOfRows[row] == predictedOfRows[row] ? 1 : 0;
            gold[goldOfRows[row]]++;
            predicted[predictedOfRows[row]]++;
        }
    }

    /**
     * Counts labels.
     *
     * @param gold {@code [rows]}, the right classes, from 0 to {@code classes - 1}
     * @param predicted {@code [rows]}, the predicted classes, in the same range
     * @param classes the number of classes
     * @throws IllegalArgumentException if there are no rows, the lengths differ or a label is out of range
     */
    public static ConfusionMatrix of(int[] gold, int[] predicted, int classes) {
        MetricInput.atLeastOneClass(classes);
        MetricInput.sameRows(gold.length, predicted.length);
        MetricInput.classesInRange("gold", gold, classes);
        MetricInput.classesInRange("predicted", predicted, classes);
        return new ConfusionMatrix(gold.clone(), predicted.clone(), classes);
    }

    /** Number of classes. */
    public int classes() {
        return gold.length;
    }

    /** Number of rows that have the class {@code gold} and are predicted as {@code predicted}. Each call goes over all rows. */
    public long count(int gold, int predicted) {
        long count = 0;
        for (int row = 0; row < goldOfRows.length; row++) {
            count += goldOfRows[row] == gold && predictedOfRows[row] == predicted ? 1 : 0;
        }
        return count;
    }

    /** Number of rows. */
    public long total() {
        return goldOfRows.length;
    }

    /** Share of the rows that are predicted right, in [0, 1]. */
    public double accuracy() {
        return (double) correct() / total();
    }

    /**
     * Matthews correlation coefficient for any number of classes (Gorodkin, 2004), in [-1, 1]: {@code (c n − Σ p g) / √((n² − Σ p²)(n² −
     * Σ g²))} with {@code c} right rows of {@code n}, and {@code p} predicted and {@code g} gold rows of each class. It is 0 if all
     * gold or all predicted labels are of one class, as in scikit-learn.
     */
    public double matthews() {
        double n = (double) total();
        double covariance = correct() * n - dot(predicted, gold);
        double variances = (n * n - dot(predicted, predicted)) * (n * n - dot(gold, gold));
        return variances == 0 ? 0 : covariance / Math.sqrt(variances);
    }

    /** Precision, recall and F1 of each class. Averages are over the classes that occur. */
    public ClassScores scores() {
        List<ClassScore> scores = new ArrayList<>();
        for (int i = 0; i < right.length; i++) {
            scores.add(new ClassScore(right[i], predicted[i], gold[i]));
        }
        return ClassScores.overOccurring(scores);
    }

    private long correct() {
        return Arrays.stream(right).sum();
    }

    private static double dot(long[] a, long[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += (double) a[i] * b[i];
        }
        return sum;
    }
}
