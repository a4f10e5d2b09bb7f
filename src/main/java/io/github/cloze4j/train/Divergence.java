package io.github.cloze4j.train;

import io.github.cloze4j.DivergenceException;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.nn.ParameterStore;
import io.github.cloze4j.optim.Optimizer;
import io.github.cloze4j.optim.OptimizerState;

/** Finds numbers that are not finite before they are saved. */
final class Divergence {
    private static final String REMEDY = "Lower the learning rate or lengthen the warm-up; no checkpoint has that step";

    private Divergence() {}

    /** Checks a number of a step. If the number is not finite, the optimizer has not applied the step. */
    static void requireFinite(String what, double value, QueuedStep step, long microBatch) {
        if (!Double.isFinite(value)) {
            throw new DivergenceException(
                    "Expected a finite " + what + ". Received: " + value + " in step " + step.step()
                            + ", on the batches from " + step.before().cursor() + " (micro-batch " + microBatch
                            + " of the run). " + REMEDY,
                    step.step());
        }
    }

    /** Checks the parameters and moments after a step: no loss has shown yet what the step made of them. */
    static void requireFiniteModel(ParameterStore parameters, Optimizer optimizer, long step) {
        Kernels kernels = parameters.kernels();
        double sum = kernels.squaredNorm(parameters.values().flat()).read();
        for (OptimizerState state : optimizer.state()) {
            sum += kernels.squaredNorm(state.arena().flat()).read();
        }
        if (!Double.isFinite(sum)) {
            throw new DivergenceException(
                    "Expected finite parameters and moments. Received: a squared norm of " + sum + " after step " + step
                            + ". " + REMEDY,
                    step);
        }
    }

    /** Checks a score: that of a model with finite parameters may still overflow. */
    static void requireFinite(Evaluation score, long step) {
        if (!Double.isFinite(score.loss())) {
            throw new DivergenceException(
                    "Expected a finite loss on the validation data. Received: " + score.loss() + " after step " + step
                            + ". " + REMEDY,
                    step);
        }
    }
}
