package io.github.cloze4j.train;

import org.jspecify.annotations.Nullable;

/**
 * The end of a run.
 *
 * @param steps optimizer steps of the whole run
 * @param tokens real tokens of the whole run
 * @param seconds training time, evaluating and saving excluded
 * @param tokensPerSecond real tokens of this process by its training time; of the whole run, if this process had no step to do
 * @param trainLoss mean loss over the last steps (at most 100)
 * @param evaluation the evaluation of the model that the run ended with, on all held-out data: of the model after the last step,
 *     or of the best one if that was restored; null if it was not evaluated: without held-out data, or after a stop
 * @param stopped true if a stop was requested, or the thread interrupted, before the budget was used, or the run had stopped
 *     early, and the model was evaluated
 * @param best the best evaluation of the run; null if the run selects no model, or no evaluation has a number for the figure that
 *     decides. {@code stopped} runs go on with the model of their last step; others with {@link ModelSelection#keepBest} end
 *     with this one
 */
public record TrainingResult(
        long steps,
        long tokens,
        double seconds,
        double tokensPerSecond,
        double trainLoss,
        @Nullable Evaluation evaluation,
        boolean stopped,
        @Nullable BestModel best) {}
