package io.github.cloze4j.train;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The result of an evaluation on held-out data.
 *
 * @param scores the scores by the name of the loss, in the order of the model's heads
 * @param metrics the task's own figures by name, such as {@code macro_f1}, in their order; empty if the task has none. A value
 *     may be NaN: some metrics are not defined on some data
 */
public record Evaluation(Map<String, Score> scores, Map<String, Double> metrics) {
    /** Logs write these names, and those of the losses, beside the metrics. */
    private static final Set<String> OTHER_FIELDS = Set.of(
            "event",
            "time",
            "step",
            "steps",
            "loss",
            "tokens",
            "seconds",
            "tokens_per_second",
            "train_loss",
            "stopped",
            "best_metric",
            "best_step",
            "best_value");

    /**
     * Copies the maps.
     *
     * @throws IllegalArgumentException if a metric has the name of another figure: {@code loss}, {@code step}, a loss, or one
     *     that begins like the figures of a loss, such as {@code mlm_accuracy}
     */
    public Evaluation {
        scores = Scores.copy(scores);
        metrics = Collections.unmodifiableMap(new LinkedHashMap<>(metrics));
        requireNames(scores.keySet(), metrics.keySet());
    }

    /** An evaluation without metrics. */
    public Evaluation(Map<String, Score> scores) {
        this(scores, Map.of());
    }

    /** Checks that no metric has a name of another figure. */
    static void requireNames(Set<String> losses, Set<String> metrics) {
        for (String metric : metrics) {
            boolean ofLoss = losses.stream().anyMatch(loss -> metric.equals(loss) || metric.startsWith(loss + "_"));
            if (metric.isBlank() || ofLoss || OTHER_FIELDS.contains(metric)) {
                throw new IllegalArgumentException("Expected a metric whose name is neither blank nor that of another"
                        + " figure: " + OTHER_FIELDS.stream().sorted().toList() + ", or a loss of " + losses
                        + " with or without an underscore after it. Received: " + metric + ". Rename the metric");
            }
        }
    }

    /** The sum of the mean losses, in nats. */
    public double loss() {
        return Scores.loss(scores);
    }

    /** The score of a loss, such as {@code mlm}; empty if it was not scored. */
    public Optional<Score> score(String loss) {
        return Optional.ofNullable(scores.get(loss));
    }
}
