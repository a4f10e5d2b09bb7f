package io.github.cloze4j.train;

import org.jspecify.annotations.Nullable;

/**
 * What one optimizer step did.
 *
 * @param step counted from 1 over the whole run, resumed parts included
 * @param progress share of the budget (steps or wall clock) that is used, in [0, 1]
 * @param loss mean cross-entropy of the step's masked tokens, in nats
 * @param learningRate applied in this step
 * @param gradientNorm global norm before clipping
 * @param tokens real tokens seen since the run began
 * @param elapsedSeconds training time since the run began, evaluating and saving excluded
 * @param tokensPerSecond of this process, over training time
 * @param nextSentence of the step's pairs; null where the objective has none
 */
public record StepReport(
        long step,
        double progress,
        double loss,
        double learningRate,
        double gradientNorm,
        long tokens,
        double elapsedSeconds,
        double tokensPerSecond,
        @Nullable NextSentenceScore nextSentence) {

    /** Of a step without pairs. */
    public StepReport(
            long step,
            double progress,
            double loss,
            double learningRate,
            double gradientNorm,
            long tokens,
            double elapsedSeconds,
            double tokensPerSecond) {
        this(step, progress, loss, learningRate, gradientNorm, tokens, elapsedSeconds, tokensPerSecond, null);
    }
}
