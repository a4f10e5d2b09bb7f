package io.github.cloze4j.train;

import io.github.cloze4j.kernel.LossSum;
import io.github.cloze4j.kernel.Pending;
import java.util.List;

/** A batch that a task has made and can compute on. The trainer asks it for losses and gradients, and never looks inside. */
public interface MicroBatch {
    /** The real tokens, without padding. */
    long tokens();

    /** The targets of each of the task's losses, in their order. */
    int[] counts();

    /**
     * Computes the losses with dropout, and adds to the parameters' gradients those of {@code Σ scales[i] · loss[i]}. It may
     * run a second time where a device could not take the first run's operations in one piece, so it neither reads a {@link
     * Pending} nor changes anything on the host.
     *
     * @param number differs for every micro-batch of the run: what dropout is drawn from
     * @param scales one for each loss, in their order
     */
    Pending<List<LossSum>> train(long number, double[] scales);

    /** Computes the losses without dropout; gradients stay as they are. */
    Pending<List<LossSum>> score();
}
