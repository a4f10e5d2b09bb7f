package io.github.cloze4j.train;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * The figure of an evaluation that decides which model is the best.
 *
 * @param name the name that {@link ModelSelection#bestMetric} gives it
 * @param goal the direction in which it improves
 * @param value takes the figure from an evaluation; NaN if the evaluation has none
 */
record DecidingFigure(String name, MetricGoal goal, ToDoubleFunction<Evaluation> value) {
    private static final String SUM = "loss";
    private static final String ACCURACY = "_accuracy";

    /**
     * The figure of a task that has a name.
     *
     * @throws IllegalArgumentException if the task has no such figure, naming those that it has
     */
    static DecidingFigure of(String name, List<String> losses, Map<String, MetricGoal> metrics) {
        MetricGoal ofMetric = metrics.get(name);
        if (ofMetric != null) {
            return new DecidingFigure(
                    name, ofMetric, evaluation -> evaluation.metrics().getOrDefault(name, Double.NaN));
        }
        if (name.equals(SUM)) {
            return new DecidingFigure(name, MetricGoal.LOWER, Evaluation::loss);
        }
        for (String loss : losses) {
            if (name.equals(loss)) {
                return new DecidingFigure(
                        name,
                        MetricGoal.LOWER,
                        evaluation -> evaluation.score(loss).map(Score::loss).orElse(Double.NaN));
            }
            if (name.equals(loss + ACCURACY)) {
                return new DecidingFigure(name, MetricGoal.HIGHER, evaluation -> evaluation
                        .score(loss)
                        .map(Score::accuracy)
                        .orElse(Double.NaN));
            }
        }
        throw new IllegalArgumentException("Expected the best model by one of " + names(losses, metrics)
                + ". Received: " + name + ". Name one of these figures");
    }

    private static List<String> names(List<String> losses, Map<String, MetricGoal> metrics) {
        List<String> names = new ArrayList<>();
        names.add(SUM);
        losses.forEach(loss -> names.addAll(List.of(loss, loss + ACCURACY)));
        names.addAll(metrics.keySet());
        return names;
    }
}
