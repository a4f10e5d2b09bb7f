package io.github.cloze4j.train;

import io.github.cloze4j.Cloze4jException;
import io.github.cloze4j.CorpusException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** Scores a model on the same batches at every call, without dropout. Each target weighs the same. */
public final class Evaluator {
    private final List<String> losses;
    private final Iterable<MicroBatch> batches;
    private final Metrics metrics;

    /** Computes the metrics of the batches that were scored; empty if it was told to stop. */
    @FunctionalInterface
    private interface Metrics {
        Optional<Map<String, Double>> of(Iterable<MicroBatch> scored, BooleanSupplier stop);
    }

    /**
     * Evaluates the losses on some batches.
     *
     * @param losses the names of the batches' losses
     * @param batches the same at every iteration
     */
    public Evaluator(List<String> losses, Iterable<MicroBatch> batches) {
        this(losses, batches, (scored, stop) -> Optional.of(Map.of()));
    }

    /** Evaluates the losses and the metrics of a task on some of its batches. */
    Evaluator(TrainingTask task, Iterable<MicroBatch> batches) {
        this(task.losses(), batches, (scored, stop) -> metrics(task, scored, stop));
        Evaluation.requireNames(Set.copyOf(task.losses()), task.metricGoals().keySet());
    }

    private Evaluator(List<String> losses, Iterable<MicroBatch> batches, Metrics metrics) {
        this.losses = List.copyOf(losses);
        this.batches = batches;
        this.metrics = metrics;
    }

    /** The metrics in the order of the task's goals. */
    private static Optional<Map<String, Double>> metrics(
            TrainingTask task, Iterable<MicroBatch> scored, BooleanSupplier stop) {
        Set<String> expected = task.metricGoals().keySet();
        return task.metrics(scored, stop).map(values -> {
            if (!values.keySet().equals(expected)) {
                throw new IllegalArgumentException("Expected the metrics " + expected + ", which"
                        + " TrainingTask.metricGoals() names. Received: " + values.keySet()
                        + ". Let TrainingTask.metrics return a value for each name");
            }
            Map<String, Double> ordered = new LinkedHashMap<>();
            expected.forEach(name -> ordered.put(name, values.get(name)));
            return ordered;
        });
    }

    /**
     * The scores over all batches.
     *
     * @throws CorpusException if the batches have no target
     * @throws Cloze4jException if a loss is not finite, or the thread is interrupted before the last batch; it stays
     *     interrupted
     */
    public Evaluation evaluate() {
        Evaluation evaluation = evaluate(Thread.currentThread()::isInterrupted);
        if (evaluation == null) {
            throw new Cloze4jException(
                    "Expected to score all batches. Received: an interrupt of the thread. Evaluate again");
        }
        if (!Double.isFinite(evaluation.loss())) {
            throw new Cloze4jException("Expected a finite loss. Received: " + evaluation.loss()
                    + ". Use a model whose training did not diverge");
        }
        return evaluation;
    }

    /** The scores over all batches, finite or not; null if it was told to stop. */
    @Nullable
    Evaluation evaluate(BooleanSupplier stop) {
        Scores scores = new Scores(losses);
        for (MicroBatch batch : batches) {
            if (stop.getAsBoolean()) {
                return null;
            }
            scores.add(batch.score().read(), batch.counts());
        }
        Map<String, Score> byName = scores.byName();
        if (byName.isEmpty()) {
            throw new CorpusException("Expected at least one target to score for the losses " + losses
                    + ". Received: none. Give other held-out data; of text note that unknown and special tokens are never"
                    + " predicted");
        }
        Evaluation ofLosses = new Evaluation(byName);
        // The metrics of a model that has diverged say nothing, and may fail.
        if (!Double.isFinite(ofLosses.loss())) {
            return ofLosses;
        }
        return metrics.of(batches, stop)
                .map(values -> new Evaluation(byName, values))
                .orElse(null);
    }
}
