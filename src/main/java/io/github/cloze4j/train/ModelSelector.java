package io.github.cloze4j.train;

import io.github.cloze4j.Cloze4jException;
import io.github.cloze4j.kernel.Arena;
import io.github.cloze4j.nn.ParameterStore;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Selects the best model of a run by its evaluations, keeps its weights, and says when a run stops early. Its record is part of
 * the {@link TrainingState}. A run without {@link ModelSelection} has a selector that selects nothing. Not thread-safe.
 */
final class ModelSelector implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ModelSelector.class);

    private final TrainingTask task;
    private final String kernels;
    private final @Nullable ModelSelection settings;
    private final @Nullable DecidingFigure figure;
    private final @Nullable BestWeights weights;

    /**
     * Takes the memory of the best weights if they are kept.
     *
     * @param settings null selects nothing
     * @param evaluated whether the task has held-out data
     * @throws IllegalArgumentException if the task has no such figure, or no held-out data
     */
    ModelSelector(TrainingTask task, @Nullable ModelSelection settings, boolean evaluated) {
        this.task = task;
        ParameterStore parameters = task.parameters();
        kernels = parameters.kernels().describe();
        this.settings = settings;
        if (settings == null) {
            figure = null;
            weights = null;
            return;
        }
        if (!evaluated) {
            throw new IllegalArgumentException("Expected held-out data to select the best model by "
                    + settings.bestMetric() + ". Received: none. Hold data out, or select no model");
        }
        figure = DecidingFigure.of(settings.bestMetric(), task.losses(), task.metricGoals());
        weights = settings.keepBest() ? new BestWeights(parameters) : null;
    }

    /** Whether the evaluations of the run decide anything. */
    boolean decides() {
        return figure != null;
    }

    /** The record at the beginning of a run; null if the run selects no model. */
    @Nullable
    BestRecord begin() {
        return figure == null ? null : BestRecord.begin(figure.name(), figure.goal(), weights != null);
    }

    /** The memory of the best weights; null if they are not kept. */
    @Nullable
    Arena weights() {
        return weights == null ? null : weights.arena();
    }

    /**
     * Takes an evaluation of the model as it is into the record of the run, and keeps the weights of the best, if evaluations of the
     * task select by now.
     */
    void consider(TrainingState state, Evaluation evaluation) {
        BestRecord record = state.best;
        if (settings == null
                || figure == null
                || record == null
                || record.lastStep() == state.step
                || !task.evaluationsSelect()) {
            return;
        }
        double value = figure.value().applyAsDouble(evaluation);
        if (weights != null && record.isBeatenBy(value)) {
            weights.keep();
        }
        state.best = record.after(state.step, value, settings.minDelta(), kernels);
    }

    /** Whether the record ends the run before its budget is used. */
    boolean stopsEarly(TrainingState state) {
        return settings != null
                && state.best != null
                && settings.earlyStoppingPatience() > 0
                && state.best.withoutImprovement() >= settings.earlyStoppingPatience();
    }

    /**
     * Restores the weights of the best evaluation into the model.
     *
     * @return the step of these weights; empty if the model has them already, they are not kept, or there are none
     */
    Optional<Long> restore(TrainingState state) {
        BestRecord record = state.best;
        if (weights == null || record == null || record.step() == state.step) {
            return Optional.empty();
        }
        if (!record.exists()) {
            LOG.warn(
                    "No evaluation has a number for {}, by which the best model is selected: the model stays that of step"
                            + " {}",
                    record.metric(),
                    state.step);
            return Optional.empty();
        }
        weights.restore();
        return Optional.of(record.step());
    }

    /**
     * Compares an evaluation of the restored model with the record.
     *
     * @throws Cloze4jException if its value is another one than that of the record, and the same kernels computed both
     */
    void requireSameValue(TrainingState state, Evaluation again) {
        BestRecord record = state.best;
        if (figure == null || record == null) {
            return;
        }
        double value = figure.value().applyAsDouble(again);
        if (Double.compare(value, record.value()) == 0) {
            return;
        }
        if (!record.kernels().equals(kernels)) {
            // Other kernels, or another number of threads, round differently.
            LOG.warn(
                    "{} of the best model, of step {}, is {} with the kernels {}, and was {} with {}",
                    record.metric(),
                    record.step(),
                    value,
                    kernels,
                    record.value(),
                    record.kernels());
            return;
        }
        throw new Cloze4jException("Expected the best model of the run, of step " + record.step() + ", to have "
                + record.metric() + " " + record.value() + " again. Received: " + value
                + ". Go on with the held-out data that the run began with; its checkpoints stay as they are");
    }

    /**
     * Finds the record that a resumed run goes on with.
     *
     * @throws IllegalArgumentException if the run that is resumed selects a model by other settings
     */
    @Nullable
    BestRecord goOnWith(TrainingState resumed) {
        BestRecord before = resumed.best;
        BestRecord own = begin();
        if (before == null) {
            if (own != null) {
                LOG.warn("The best model is selected among those after step {}", resumed.step);
            }
            return own;
        }
        if (own == null
                || !own.metric().equals(before.metric())
                || own.goal() != before.goal()
                || own.kept() != before.kept()) {
            throw new IllegalArgumentException("Expected a selection of the best model by " + describe(before)
                    + ", with which the run began. Received: " + (own == null ? "none" : "by " + describe(own))
                    + ". Resume with that selection, or begin another run");
        }
        return before;
    }

    private static String describe(BestRecord record) {
        return record.metric() + " (" + record.goal() + " is better), whose weights are "
                + (record.kept() ? "kept" : "not kept");
    }

    @Override
    public void close() {
        if (weights != null) {
            weights.close();
        }
    }
}
