package io.github.cloze4j.finetune.metrics;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Predictions of a model that ignores its input: {@code DummyClassifier(strategy="most_frequent")} and {@code DummyRegressor} of
 * scikit-learn. A score says little unless it is well above the score of these predictions.
 */
public final class MajorityBaseline {
    private MajorityBaseline() {}

    /**
     * Predicts the most frequent class of the training labels for every row. The class with the lowest index wins a tie.
     *
     * @param training the classes of the training rows, from 0 to {@code classes - 1}
     * @param classes the number of classes
     * @param rows the number of predictions
     * @return {@code [rows]}
     * @throws IllegalArgumentException if there are no training rows or a label is out of range
     */
    public static int[] classes(int[] training, int classes, int rows) {
        MetricInput.atLeastOneClass(classes);
        MetricInput.atLeastOneRow(training.length);
        MetricInput.classesInRange("training", training, classes);
        long[] counts = new long[classes];
        int best = 0;
        for (int label : training) {
            counts[label]++;
        }
        for (int label = 1; label < classes; label++) {
            best = counts[label] > counts[best] ? label : best;
        }
        int[] predictions = new int[rows];
        Arrays.fill(predictions, best);
        return predictions;
    }

    /**
     * Predicts for every row the labels that more than half of the training rows have.
     *
     * @param training {@code [training rows, labels]}
     * @param rows the number of predictions
     * @return {@code [rows, labels]}
     * @throws IllegalArgumentException if there are no training rows or their lengths differ
     */
    public static boolean[][] labels(boolean[][] training, int rows) {
        MetricInput.sameColumns(training, training);
        long[] counts = new long[training[0].length];
        for (boolean[] row : training) {
            for (int label = 0; label < counts.length; label++) {
                counts[label] += row[label] ? 1 : 0;
            }
        }
        boolean[][] predictions = new boolean[rows][counts.length];
        for (boolean[] row : predictions) {
            for (int label = 0; label < counts.length; label++) {
                row[label] = 2 * counts[label] > training.length;
            }
        }
        return predictions;
    }

    /**
     * Finds the most frequent text of the training rows, such as an answer to questions. The text that occurs first wins a tie.
     *
     * @param training the texts of the training rows
     * @throws IllegalArgumentException if there are no training rows
     */
    public static String text(List<String> training) {
        MetricInput.atLeastOneRow(training.size());
        Map<String, Integer> counts = new LinkedHashMap<>();
        training.forEach(text -> counts.merge(text, 1, Integer::sum));
        String best = training.get(0);
        for (Map.Entry<String, Integer> count : counts.entrySet()) {
            best = count.getValue() > counts.getOrDefault(best, 0) ? count.getKey() : best;
        }
        return best;
    }

    /**
     * Predicts the mean of the training values for every row.
     *
     * @param training the values of the training rows
     * @param rows the number of predictions
     * @return {@code [rows]}
     * @throws IllegalArgumentException if there are no training rows or a value is not finite
     */
    public static double[] mean(double[] training, int rows) {
        MetricInput.atLeastOneRow(training.length);
        MetricInput.finite("training", training);
        double[] predictions = new double[rows];
        Arrays.fill(predictions, Arrays.stream(training).average().orElseThrow());
        return predictions;
    }
}
