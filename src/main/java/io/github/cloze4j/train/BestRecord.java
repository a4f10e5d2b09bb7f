package io.github.cloze4j.train;

import io.github.cloze4j.CheckpointFormatException;
import java.util.Map;
import java.util.Optional;

/**
 * The best evaluation of a run until now, and the evaluations since it. The state of a run holds it, so that a run that is
 * resumed selects and stops as if it had never stopped.
 *
 * @param metric the figure that decides
 * @param goal the direction in which the figure improves
 * @param kept whether the weights of the best evaluation are kept
 * @param step the step of the best evaluation; 0 if there was none whose figure is a number
 * @param value the figure at that step; NaN if there was none
 * @param kernels the description of the kernels that computed the value
 * @param withoutImprovement the evaluations in a row without an improvement
 * @param lastStep the step of the last evaluation, so that no step counts twice
 */
record BestRecord(
        String metric,
        MetricGoal goal,
        boolean kept,
        long step,
        double value,
        String kernels,
        int withoutImprovement,
        long lastStep) {
    private static final String METRIC = "best_metric";
    private static final String GOAL = "best_goal";
    private static final String KEPT = "best_kept";
    private static final String STEP = "best_step";
    private static final String VALUE = "best_value";
    private static final String KERNELS = "best_kernels";
    private static final String WITHOUT_IMPROVEMENT = "evaluations_without_improvement";
    private static final String LAST_STEP = "last_evaluated_step";

    /** The record of a run that has not been evaluated. */
    static BestRecord begin(String metric, MetricGoal goal, boolean kept) {
        return new BestRecord(metric, goal, kept, 0, Double.NaN, "", 0, 0);
    }

    /** Whether there was an evaluation whose figure is a number. */
    boolean exists() {
        return step > 0;
    }

    /** Whether an evaluation with this figure is the best one until now. */
    boolean isBeatenBy(double received) {
        return goal.isBetter(received, value, 0);
    }

    /**
     * The record after another evaluation.
     *
     * @param minDelta the margin of an improvement that counts for early stopping
     */
    BestRecord after(long evaluated, double received, double minDelta, String description) {
        int without = goal.isBetter(received, value, minDelta) ? 0 : withoutImprovement + 1;
        return isBeatenBy(received)
                ? new BestRecord(metric, goal, kept, evaluated, received, description, without, evaluated)
                : new BestRecord(metric, goal, kept, step, value, kernels, without, evaluated);
    }

    /** The record for the result of the run; empty if there is no best evaluation. */
    Optional<BestModel> result() {
        return exists() ? Optional.of(new BestModel(metric, step, value)) : Optional.empty();
    }

    void write(Map<String, String> map) {
        map.put(METRIC, metric);
        map.put(GOAL, goal.name());
        map.put(KEPT, Boolean.toString(kept));
        map.put(STEP, Long.toString(step));
        map.put(VALUE, Double.toString(value));
        map.put(KERNELS, kernels);
        map.put(WITHOUT_IMPROVEMENT, Integer.toString(withoutImprovement));
        map.put(LAST_STEP, Long.toString(lastStep));
    }

    /**
     * The record in a state; empty if the run selects no model.
     *
     * @throws IllegalArgumentException if a number is malformed
     * @throws CheckpointFormatException if a part of the record is missing
     */
    static Optional<BestRecord> read(Map<String, String> map) {
        if (!map.containsKey(METRIC)) {
            return Optional.empty();
        }
        return Optional.of(new BestRecord(
                TrainingState.required(map, METRIC),
                MetricGoal.valueOf(TrainingState.required(map, GOAL)),
                Boolean.parseBoolean(TrainingState.required(map, KEPT)),
                Long.parseLong(TrainingState.required(map, STEP)),
                Double.parseDouble(TrainingState.required(map, VALUE)),
                TrainingState.required(map, KERNELS),
                Integer.parseInt(TrainingState.required(map, WITHOUT_IMPROVEMENT)),
                Long.parseLong(TrainingState.required(map, LAST_STEP))));
    }
}
