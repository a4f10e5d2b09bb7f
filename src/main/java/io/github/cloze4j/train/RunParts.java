package io.github.cloze4j.train;

import io.github.cloze4j.optim.Optimizer;

/**
 * The parts of a trainer that hold memory or threads, made and closed together.
 *
 * @param task the task, which is prepared
 * @param memory the memory that training takes, the model included
 * @param evaluations the evaluations and the best weights
 * @param progress the place in the data
 * @param optimizer the moments
 */
record RunParts(
        TrainingTask task, MemoryPlan memory, RunEvaluations evaluations, RunProgress progress, Optimizer optimizer)
        implements AutoCloseable {
    /** Prepares the task and makes the parts. If one cannot be made, closes the others and the task. */
    static RunParts open(TrainingTask task, TrainingConfig config, Listeners listeners, StopSignal stop) {
        MemoryPlan memory = task.prepare(config);
        RunEvaluations evaluations = null;
        RunProgress progress = null;
        try {
            evaluations = new RunEvaluations(task, config, listeners, stop::isGiven);
            progress = new RunProgress(task, config, evaluations.selector().begin());
            return new RunParts(task, memory, evaluations, progress, config.newOptimizer(task));
        } catch (RuntimeException | Error e) {
            // Nobody can close a trainer that was never made.
            if (progress != null) {
                progress.close();
            }
            if (evaluations != null) {
                evaluations.close();
            }
            task.close();
            throw e;
        }
    }

    @Override
    public void close() {
        progress.close();
        optimizer.close();
        evaluations.close();
        task.close();
    }
}
