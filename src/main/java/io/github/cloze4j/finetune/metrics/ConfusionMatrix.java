package io.github.cloze4j.finetune.metrics;

import java.util.ArrayList;
import java.util.List;

/**
 * Counts of gold and predicted classes, for rows that have one class each, and the metrics that follow from them. Immutable. The
 * reference is scikit-learn: {@code confusion_matrix}, {@code accuracy_score}, {@code matthews_corrcoef}, {@code
 * precision_recall_fscore_support}.
 */
public final class ConfusionMatrix {
    private final long[][] counts;
    private final long[] gold;
    private final long[] predicted;
    private final long total;

    private ConfusionMatrix(long[][] counts) {
        this.counts = counts;
        int classes = counts.length;
        gold = new long[classes];
        predicted = new long[classes];
        long sum = 0;
        for (int row = 0; row < classes; row++) {
            for (int column = 0; column < classes; column++) {
                gold[row] += counts[row][column];
                predicted[column] += counts[row][column];
                sum += counts[row][column];
            }
        }
        total = sum;
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
        long[][] counts = new long[classes][classes];
        for (int row = 0; row < gold.length; row++) {
            counts[gold[row]][predicted[row]]++;
        }
        return new ConfusionMatrix(counts);
    }

    /** Number of classes. */
    public int classes() {
        return counts.length;
    }

    /** Number of rows that have the class {@code gold} and are predicted as {@code predicted}. */
    public long count(int gold, int predicted) {
        return counts[gold][predicted];
    }

    /** Number of rows. */
    public long total() {
        return total;
    }

    /** Share of the rows that are predicted right, in [0, 1]. */
    public double accuracy() {
        return (double) correct() / total;
    }

    /**
     * Matthews correlation coefficient for any number of classes (Gorodkin, 2004), in [-1, 1]: {@code (c n − Σ p g) / √((n² − Σ p²)(n² −
     * Σ g²))} with {@code c} right rows of {@code n}, and {@code p} predicted and {@code g} gold rows of each class. It is 0 if all
     * gold or all predicted labels are of one class, as in scikit-learn.
     */
    public double matthews() {
        double n = (double) total;
        double covariance = correct() * n - dot(predicted, gold);
        double variances = (n * n - dot(predicted, predicted)) * (n * n - dot(gold, gold));
        return variances == 0 ? 0 : covariance / Math.sqrt(variances);
    }

    /** Precision, recall and F1 of each class. Averages are over the classes that occur. */
    public ClassScores scores() {
        List<ClassScore> scores = new ArrayList<>();
        for (int i = 0; i < counts.length; i++) {
            scores.add(new ClassScore(counts[i][i], predicted[i], gold[i]));
        }
        return ClassScores.overOccurring(scores);
    }

    private long correct() {
        long sum = 0;
        for (int i = 0; i < counts.length; i++) {
            sum += counts[i][i];
        }
        return sum;
    }

    private static double dot(long[] a, long[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += (double) a[i] * b[i];
        }
        return sum;
    }
}
