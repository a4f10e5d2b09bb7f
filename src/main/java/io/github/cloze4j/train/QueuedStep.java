package io.github.cloze4j.train;

import io.github.cloze4j.data.BatchCursor;
import io.github.cloze4j.kernel.LossSum;
import io.github.cloze4j.kernel.Pending;
import java.util.List;

/**
 * An optimizer step that kernels were asked for, and whose numbers have not been read yet.
 *
 * @param before where it begins, to which a run goes back if the step is not applied
 * @param microBatches that it was taken on
 * @param results its losses and norm
 * @param learningRate applied
 * @param progress share of the budget that is used with it
 * @param tokens real tokens of the run up to it
 * @param processTokens those of this process
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
     * Where a step begins.
     *
     * @param step the steps done before it
     * @param cursor where its batches begin
     * @param microBatch the number of its first micro-batch
     * @param tokens real tokens of the run before it
     */
    record Place(long step, BatchCursor cursor, long microBatch, long tokens) {}

    /**
     * What kernels compute for the host.
     *
     * @param losses of its micro-batches
     * @param squaredNorm of its gradient
     */
    record Results(List<Pending<List<LossSum>>> losses, Pending<Double> squaredNorm) {}

    /** Its number, counted from 1. */
    long step() {
        return before.step() + 1;
    }

    /** Whether reading waits for nothing. */
    boolean isReady() {
        return results.squaredNorm().isReady() && results.losses().stream().allMatch(Pending::isReady);
    }

    /**
     * What it did; waits for it.
     *
     * @param losses their names
     * @param clock that says when
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
