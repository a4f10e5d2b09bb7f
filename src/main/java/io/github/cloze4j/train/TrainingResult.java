package io.github.cloze4j.train;

import org.jspecify.annotations.Nullable;

/**
 * How a run ended.
 *
 * @param steps optimizer steps of the whole run
 * @param tokens real tokens of the whole run
 * @param seconds training time, evaluating and saving excluded
 * @param tokensPerSecond of this process; of the whole run, where this process had no step left to do
 * @param trainLoss mean loss over the last steps (at most 100)
 * @param evaluation after the last step; null where it was not evaluated: without validation data, or after a stop
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
