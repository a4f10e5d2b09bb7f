package io.github.cloze4j.finetune;

import io.github.cloze4j.finetune.metrics.ConfusionMatrix;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Answers that are one class each.
 *
 * @param gold {@code [answers]} the right classes
 * @param scores {@code [answers][classes]} the model's scores before softmax; the highest one is its answer
 */
public record ClassAnswers(int[] gold, double[][] scores) implements HeldOutAnswers {
    /** The names of the metrics: {@code macro_f1} is over the classes that occur, {@code mcc} is Matthews' correlation. */
    static final List<String> METRICS = List.of("accuracy", "macro_f1", "mcc");

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
        metrics.put("macro_f1", confusion.scores().macro().f1());
        metrics.put("mcc", confusion.matthews());
        return metrics;
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
