package io.github.cloze4j.train;

import io.github.cloze4j.data.BatchCursor;
import io.github.cloze4j.kernel.LossSum;
import io.github.cloze4j.kernel.Pending;
import java.util.List;

/**
 * An optimizer step that was launched, and whose results nobody has read yet.
 *
 * @param before the place where the step begins, to which a run goes back if the step is not applied
 * @param microBatches the data of the step
 * @param results its losses and norm
 * @param learningRate the rate that is applied
 * @param progress share of the budget that is used after the step
 * @param tokens real tokens of the run, those of the step included
 * @param processTokens real tokens of this process, those of the step included
 */
record QueuedStep(
        Place before,
        List<MicroBatch> microBatches,
        Results results,
        double learningRate,
        double progress,
        long tokens,
        long processTokens) {

    /**
     * The place where a step begins.
     *
     * @param step the steps done before
     * @param cursor the place in the data where its batches begin
     * @param microBatch the number of its first micro-batch
     * @param tokens real tokens of the run before
     */
    record Place(long step, BatchCursor cursor, long microBatch, long tokens) {}

    /**
     * The numbers that kernels compute for the host.
     *
     * @param losses the losses of each micro-batch
     * @param squaredNorm the squared norm of the step's gradient
     */
    record Results(List<Pending<List<LossSum>>> losses, Pending<Double> squaredNorm) {}

    /** The number of the step, counted from 1. */
    long step() {
        return before.step() + 1;
    }

    /** Whether {@link #read} returns without waiting. */
    boolean isReady() {
        return results.squaredNorm().isReady() && results.losses().stream().allMatch(Pending::isReady);
    }

    /**
     * Waits for the results.
     *
     * @param losses the names of the losses
     * @param clock the training time
     * @throws io.github.cloze4j.DivergenceException if a number is not finite; then the optimizer has changed nothing
     */
    StepReport read(List<String> losses, TrainingClock clock) {
        Scores scores = new Scores(losses);
        long last = before.microBatch();
        for (int i = 0; i < microBatches.size(); i++) {
            List<LossSum> sums = results.losses().get(i).read();
            Divergence.requireFinite(
                    "loss", sums.stream().mapToDouble(LossSum::sum).sum(), this, last++);
            scores.add(sums, microBatches.get(i).counts());
        }
        double norm = Math.sqrt(results.squaredNorm().read());
        Divergence.requireFinite("gradient norm", norm, this, last - 1);
        return new StepReport(
                step(),
                progress,
                scores.byName(),
                learningRate,
                norm,
                tokens,
                clock.seconds(),
                processTokens / clock.processSeconds());
    }
}
