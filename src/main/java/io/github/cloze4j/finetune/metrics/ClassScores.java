package io.github.cloze4j.finetune.metrics;

import java.util.List;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;

/**
 * Scores of all classes, and their averages as {@code precision_recall_fscore_support} of scikit-learn and of seqeval compute them.
 * Immutable.
 */
public final class ClassScores {
    private final List<ClassScore> perClass;
    private final List<ClassScore> averaged;

    private ClassScores(List<ClassScore> perClass, List<ClassScore> averaged) {
        this.perClass = List.copyOf(perClass);
        this.averaged = List.copyOf(averaged);
    }

    /**
     * Averages over the classes that occur among the gold or the predicted labels. scikit-learn does so for labels of one class a row
     * if it is not given {@code labels}, and seqeval for types of entities.
     */
    public static ClassScores overOccurring(List<ClassScore> perClass) {
        return new ClassScores(
                perClass, perClass.stream().filter(ClassScore::occurs).toList());
    }

    /** Averages over every class, also those that occur nowhere. scikit-learn does so for multi-label rows. */
    public static ClassScores overAll(List<ClassScore> perClass) {
        return new ClassScores(perClass, perClass);
    }

    /** The scores of every class, in the order of the classes; also of classes that occur nowhere. */
    public List<ClassScore> perClass() {
        return perClass;
    }

    /** Scores of the summed counts: each row weighs the same. All zeros if no class occurs. */
    public AverageScore micro() {
        ClassScore sum = new ClassScore(
                perClass.stream().mapToLong(ClassScore::truePositives).sum(),
                perClass.stream().mapToLong(ClassScore::predicted).sum(),
                perClass.stream().mapToLong(ClassScore::gold).sum());
        return new AverageScore(sum.precision(), sum.recall(), sum.f1());
    }

    /** Unweighted means over classes: each class weighs the same. All zeros if no class occurs. */
    public AverageScore macro() {
        return average(score -> 1);
    }

    /** Means over classes, weighted by the number of gold rows. All zeros if there is no gold row. */
    public AverageScore weighted() {
        return average(ClassScore::gold);
    }

    /** Number of averaged classes that are never predicted. Their precision is undefined and counts as 0. */
    public int undefinedPrecisions() {
        return count(score -> score.predicted() == 0);
    }

    /** Number of averaged classes without a gold row. Their recall is undefined and counts as 0. */
    public int undefinedRecalls() {
        return count(score -> score.gold() == 0);
    }

    /** Number of averaged classes that occur nowhere. Their F1 is undefined and counts as 0. */
    public int undefinedF1s() {
        return count(score -> !score.occurs());
    }

    private int count(Predicate<ClassScore> condition) {
        return (int) averaged.stream().filter(condition).count();
    }

    private AverageScore average(ToDoubleFunction<ClassScore> weight) {
        return new AverageScore(
                mean(ClassScore::precision, weight), mean(ClassScore::recall, weight), mean(ClassScore::f1, weight));
    }

    private double mean(ToDoubleFunction<ClassScore> value, ToDoubleFunction<ClassScore> weight) {
        double sum = 0;
        double weights = 0;
        for (ClassScore score : averaged) {
            sum += weight.applyAsDouble(score) * value.applyAsDouble(score);
            weights += weight.applyAsDouble(score);
        }
        return weights == 0 ? 0 : sum / weights;
    }
}
