package io.github.cloze4j.train;

import java.util.Map;

/**
 * What one optimizer step did.
 *
 * @param step counted from 1 over the whole run, resumed parts included
 * @param progress share of the budget that is used, in [0, 1]
 * @param scores of the step's targets, by the name of the loss
 * @param learningRate applied in this step
 * @param gradientNorm global norm before clipping
 * @param tokens real tokens seen since the run began
 * @param elapsedSeconds training time since the run began, evaluating and saving excluded
 * @param tokensPerSecond of this process, over training time
 */
public record StepReport(
        long step,
        double progress,
        Map<String, Score> scores,
        double learningRate,
        double gradientNorm,
        long tokens,
        double elapsedSeconds,
        double tokensPerSecond) {
    /** Copies the scores. */
    public StepReport {
        scores = Scores.copy(scores);
    }

    /** The loss that the step was taken on: the sum of the mean losses, in nats. */
    public double loss() {
        return Scores.loss(scores);
    }
}
