package io.github.cloze4j.finetune;

import io.github.cloze4j.finetune.metrics.AverageScore;
import io.github.cloze4j.finetune.metrics.ConfusionMatrix;
import io.github.cloze4j.finetune.metrics.RocAuc;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Answers that are one class each.
 *
 * @param gold {@code [answers]} the right classes
 * @param scores {@code [answers][classes]} the model's scores before softmax; the highest one is its answer
 */
record ClassAnswers(int[] gold, double[][] scores) implements HeldOutAnswers {
    private static final String ROC_AUC = "roc_auc";

    /**
     * The names of the metrics: {@code accuracy}; {@code macro_precision}, {@code macro_recall} and {@code macro_f1}, means over the
     * classes that occur; {@code weighted_f1}, weighted by their right answers; Matthews' correlation {@code mcc}; of two
     * classes also {@code roc_auc} of the second.
     */
    static List<String> metricNames(int classes) {
        List<String> names = List.of("accuracy", "macro_f1", "macro_precision", "macro_recall", "weighted_f1", "mcc");
        return classes == 2 ? Stream.concat(names.stream(), Stream.of(ROC_AUC)).toList() : names;
    }

    /** Answers that are classes, without scores: each has one score of 1. */
    static ClassAnswers of(int[] gold, int[] predicted, int classes) {
        double[][] scores = new double[gold.length][classes];
        for (int i = 0; i < gold.length; i++) {
            scores[i][predicted[i]] = 1;
        }
        return new ClassAnswers(gold, scores);
    }

    @Override
    public int count() {
        return gold.length;
    }

    /** The class with the highest score of each answer, of equals the first. */
    public int[] predicted() {
        return Arrays.stream(scores).mapToInt(ClassAnswers::highest).toArray();
    }

    /** The number of the highest score, of equals the first. */
    static int highest(double[] scores) {
        int highest = 0;
        for (int i = 1; i < scores.length; i++) {
            highest = scores[i] > scores[highest] ? i : highest;
        }
        return highest;
    }

    /** How often each class was answered with each class. */
    public ConfusionMatrix confusion() {
        return ConfusionMatrix.of(gold, predicted(), scores[0].length);
    }

    @Override
    public Map<String, Double> metrics(int[] which) {
        int[] own = Arrays.stream(which).map(i -> gold[i]).toArray();
        int[] predicted = Arrays.stream(which).map(i -> highest(scores[i])).toArray();
        ConfusionMatrix confusion = ConfusionMatrix.of(own, predicted, scores[0].length);
        Map<String, Double> metrics = new LinkedHashMap<>();
        metrics.put("accuracy", confusion.accuracy());
        AverageScore macro = confusion.scores().macro();
        metrics.put("macro_f1", macro.f1());
        metrics.put("macro_precision", macro.precision());
        metrics.put("macro_recall", macro.recall());
        metrics.put("weighted_f1", confusion.scores().weighted().f1());
        metrics.put("mcc", confusion.matthews());
        if (confusion.classes() == 2) {
            metrics.put(ROC_AUC, rocAuc(own, which));
        }
        return metrics;
    }

    private double rocAuc(int[] own, int[] which) {
        boolean[] positive = new boolean[own.length];
        double[] margins = new double[own.length];
        for (int i = 0; i < own.length; i++) {
            positive[i] = own[i] == 1;
            double margin = scores[which[i]][1] - scores[which[i]][0];
            // A probability of 0 has an infinite logarithm; ranks need a number.
            margins[i] = Math.max(-Double.MAX_VALUE, Math.min(Double.MAX_VALUE, margin));
        }
        return RocAuc.of(positive, margins);
    }

    /** Equal in all parts, arrays by their content. */
    @Override
    public boolean equals(@org.jspecify.annotations.Nullable Object other) {
        return other instanceof ClassAnswers that
                && Arrays.equals(gold, that.gold)
                && Arrays.deepEquals(scores, that.scores);
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(gold) + Arrays.deepHashCode(scores);
    }

    /** Short: arrays are not printed. */
    @Override
    public String toString() {
        return "ClassAnswers[" + gold.length + "]";
    }
}
