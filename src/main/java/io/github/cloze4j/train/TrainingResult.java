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
 * @param evaluation the score after the last step; null if it was not scored: without held-out data, or after a stop
 * @param stopped true if a stop was requested, or the thread interrupted, before the budget was used and the model evaluated
 */
public record TrainingResult(
        long steps,
        long tokens,
        double seconds,
        double tokensPerSecond,
        double trainLoss,
        @Nullable Evaluation evaluation,
        boolean stopped) {}
