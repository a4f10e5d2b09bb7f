package io.github.cloze4j.train;

import java.util.Map;

/**
 * The report of one optimizer step.
 *
 * @param step counted from 1 over the whole run, resumed parts included
 * @param progress share of the budget that is used, in [0, 1]
 * @param scores the scores of the step's targets, by the name of the loss
 * @param learningRate the rate that the step applied
 * @param gradientNorm global norm before clipping
 * @param tokens real tokens seen since the run began
 * @param elapsedSeconds training time since the run began, evaluating and saving excluded
 * @param tokensPerSecond real tokens of this process by its training time
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

    /** The loss that the step lowers: the sum of the mean losses, in nats. */
    public double loss() {
        return Scores.loss(scores);
    }
}
