package io.github.cloze4j.train;

import io.github.cloze4j.DivergenceException;
import io.github.cloze4j.nn.ParameterStore;
import io.github.cloze4j.optim.AdamW;

/** Finds numbers that are not finite before they are applied or saved. */
final class Divergence {
    private static final String REMEDY = "Lower the learning rate or lengthen the warm-up; no checkpoint has that step";

    private Divergence() {}

    /** A number of the step that follows {@code state}, before it is applied. */
    static void requireFinite(String what, double value, TrainingState state) {
        if (!Double.isFinite(value)) {
            long step = state.step + 1;
            throw new DivergenceException(
                    "Expected a finite " + what + ". Received: " + value + " in step " + step + ", on the batches from "
                            + state.cursor + " (micro-batch " + (state.microBatch - 1) + " of the run). " + REMEDY,
                    step);
        }
    }

    /** What the last step made, which no loss has shown yet. */
    static void requireFiniteModel(ParameterStore parameters, AdamW optimizer, long step) {
        double sum = parameters.kernels().squaredNorm(parameters.values().flat())
                + parameters.kernels().squaredNorm(optimizer.firstMoments().flat())
                + parameters.kernels().squaredNorm(optimizer.secondMoments().flat());
        if (!Double.isFinite(sum)) {
            throw new DivergenceException(
                    "Expected finite parameters and moments. Received: a squared norm of " + sum + " after step " + step
                            + ". " + REMEDY,
                    step);
        }
    }

    /** The score of a model that has finite parameters may still overflow. */
    static void requireFinite(Evaluation score, long step) {
        NextSentenceScore pairs = score.nextSentence();
        double loss = score.mlmLoss() + (pairs == null ? 0 : pairs.loss());
        if (!Double.isFinite(loss)) {
            throw new DivergenceException(
                    "Expected a finite loss on the validation data. Received: " + loss + " after step " + step + ". "
                            + REMEDY,
                    step);
        }
    }
}
