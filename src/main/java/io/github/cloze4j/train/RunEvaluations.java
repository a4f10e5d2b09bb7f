package io.github.cloze4j.train;

import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** The evaluations of a run on held-out data, and what they decide: the best model, and whether the run stops early. */
final class RunEvaluations implements AutoCloseable {
    private final HeldOutScores heldOut;
    private final ModelSelector selector;
    private final Listeners listeners;
    private final BooleanSupplier stop;
    /** The evaluation of the model that the run ends with; null before the end, and without held-out data. */
    private @Nullable Evaluation atEnd;

    /**
     * Takes the memory of the best weights if they are kept.
     *
     * @param stop whether to give up an evaluation
     * @throws IllegalArgumentException if the best model is selected by a figure that the task does not have, or without
     *     held-out data
     */
    RunEvaluations(TrainingTask task, TrainingConfig config, Listeners listeners, BooleanSupplier stop) {
        heldOut = new HeldOutScores(task, config);
        selector = new ModelSelector(task, config.selection(), heldOut.exist());
        this.listeners = listeners;
        this.stop = stop;
    }

    /** Whether there is held-out data. */
    boolean exist() {
        return heldOut.exist();
    }

    ModelSelector selector() {
        return selector;
    }

    /** Evaluates the model while the run goes on. If this is given up, the state says that an evaluation is owed. */
    void evaluate(TrainingState state) {
        Evaluation evaluation = heldOut.scoreSample(state.step, stop, listeners);
        state.evaluationOwed = evaluation == null;
        if (evaluation != null) {
            selector.consider(state, evaluation);
        }
    }

    /** Whether the evaluations end the run before its budget is used. */
    boolean stopEarly(TrainingState state) {
        return selector.stopsEarly(state);
    }

    /**
     * Evaluates the model after the last step, restores the best model if it is kept, and evaluates on all held-out data.
     *
     * @return false if this was given up
     * @throws io.github.cloze4j.Cloze4jException if the restored model does not give the value of its record again
     */
    boolean finish(TrainingState state) {
        if (!heldOut.exist()) {
            return true;
        }
        boolean decided = state.best == null || state.best.lastStep() == state.step;
        if (!decided) {
            Evaluation last = heldOut.scoreSample(state.step, stop, listeners);
            if (last == null) {
                return false;
            }
            selector.consider(state, last);
        }
        Optional<Long> restored = selector.restore(state);
        atEnd = restored.isPresent()
                ? scoreRestored(state, restored.get())
                : heldOut.scoreAll(state.step, stop, listeners);
        return atEnd != null;
    }

    /** Listeners hear no evaluation here: in the order of the steps it is one of the past. The result of the run has it. */
    private @Nullable Evaluation scoreRestored(TrainingState state, long step) {
        heldOut.forget();
        listeners.tell(listener -> listener.onEvaluationStart(step));
        Evaluation again = heldOut.scoreSample(step, stop, new Listeners());
        if (again == null) {
            return null;
        }
        selector.requireSameValue(state, again);
        return heldOut.scoreAll(step, stop, new Listeners());
    }

    /** The evaluation of the model that the run ended with; null if there is none. */
    @Nullable
    Evaluation atEnd() {
        return atEnd;
    }

    /** Forgets what was evaluated: the run goes on with other parameters. */
    void forget() {
        heldOut.forget();
        atEnd = null;
    }

    @Override
    public void close() {
        selector.close();
    }
}
