package io.github.cloze4j.train;

import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The choice of the best model of a run, and early stopping, both by one figure of the run's evaluations. Lower is better for
 * losses, higher for accuracies; for metrics {@link TrainingTask#metricGoals} says it.
 *
 * <p>All evaluations that decide are on the same held-out data. With {@link TrainingConfig#evaluateEvery} that is all of it,
 * with {@link TrainingConfig#evaluations} the same sample each time, the evaluation after the last step included. Evaluations before
 * the last of several objectives decide nothing ({@link TrainingTask#evaluationsSelect}).
 *
 * @param bestMetric the figure: {@code loss}, which is the sum of the losses, a loss such as {@code mlm}, the accuracy of a loss
 *     such as {@code mlm_accuracy}, or a metric of the task such as {@code macro_f1}. NaN is worse than every other value, and
 *     of equal values the earlier one is the best
 * @param keepBest whether the weights of the best evaluation are kept, in memory and in each checkpoint, and restored into the
 *     model at the end of the run. This takes the memory of the trained parameters
 * @param earlyStoppingPatience the number of evaluations in a row without an improvement after which a run ends; 0 for never
 * @param minDelta the margin by which a value must be better than the best one before it to count as an improvement for early
 *     stopping; at least 0. The best model is that of the best value, whatever the margin
 */
public record ModelSelection(String bestMetric, boolean keepBest, int earlyStoppingPatience, double minDelta) {
    /** Checks the ranges. */
    public ModelSelection {
        Objects.requireNonNull(bestMetric, "bestMetric");
        require(earlyStoppingPatience >= 0, "an early-stopping patience of at least 0", earlyStoppingPatience);
        require(minDelta >= 0 && minDelta < Double.POSITIVE_INFINITY, "a finite minDelta of at least 0", minDelta);
        require(keepBest || earlyStoppingPatience > 0, "keepBest or early stopping", "neither");
        require(minDelta == 0 || earlyStoppingPatience > 0, "minDelta with early stopping", minDelta + " without");
    }

    /**
     * Checks that a task has the figure, before there is a task.
     *
     * @param losses the names of the task's losses
     * @param metrics the {@link TrainingTask#metricGoals} of the task
     * @throws IllegalArgumentException if the task has no such figure, naming those that it has
     */
    public void requireFigure(List<String> losses, Map<String, MetricGoal> metrics) {
        DecidingFigure.of(bestMetric, losses, metrics);
    }

    private static void require(boolean holds, String expected, Object received) {
        if (!holds) {
            throw new IllegalArgumentException("Expected " + expected + ". Received: " + received);
        }
    }
}
