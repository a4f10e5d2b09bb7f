package io.github.cloze4j.train;

import io.github.cloze4j.kernel.LossSum;
import io.github.cloze4j.kernel.Pending;
import java.util.List;

/** A batch that a task has made and can compute on. The trainer asks it for losses and gradients, and never looks inside. */
public interface MicroBatch {
    /** The real tokens, without padding. */
    long tokens();

    /** The right answers for each of the task's losses, in their order: what its mean is taken over. */
    int[] counts();

    /**
     * Computes the losses with dropout, and adds to the parameters' gradients those of {@code Σ scales[i] · loss[i]}. A device
     * may run this a second time, if it could not record the operations of the first time as one graph; so this neither reads
     * a {@link Pending} nor changes anything on the host.
     *
     * @param number the number of the micro-batch in the run, from which dropout is drawn; no two have the same
     * @param scales a factor for each loss, in their order
     */
    Pending<List<LossSum>> train(long number, double[] scales);

    /** Computes the losses without dropout; gradients stay as they are. */
    Pending<List<LossSum>> score();
}
