package io.github.cloze4j.train;

import java.nio.file.Path;
import java.util.Map;

/**
 * Gets the events of a run, on the training thread. An exception of a listener ends the run: a step that a device had begun by
 * then is still finished and counted, but no listener is told of it. A listener may infer with the model; it needs no locks of
 * its own unless other threads call it. Of its trainer it may call {@link Trainer#requestStop} and {@link Trainer#listen} only.
 */
public interface TrainingListener {
    /**
     * Before the first step.
     *
     * @param task the settings of what is trained, by name
     */
    default void onStart(TrainingConfig config, Map<String, String> task, long firstStep) {}

    /** After each optimizer step, in order. A device may have begun the next one. */
    default void onStep(StepReport report) {}

    /** Before each evaluation, which may take long. If the run is stopped meanwhile, {@link #onEvaluation} does not follow. */
    default void onEvaluationStart(long step) {}

    /**
     * After each evaluation of the model of the last step. The evaluation of a best model that was restored at the end is in the
     * result of {@link #onEnd}.
     */
    default void onEvaluation(long step, Evaluation evaluation) {}

    /** After a checkpoint is complete on disk. */
    default void onCheckpoint(long step, Path checkpoint) {}

    /** After the last step, its checkpoint and its evaluation. */
    default void onEnd(TrainingResult result) {}
}
