package io.github.cloze4j.train;

import io.github.cloze4j.data.BatchCursor;
import io.github.cloze4j.kernel.Pending;
import io.github.cloze4j.model.MlmLoss;
import java.util.List;

/**
 * An optimizer step that kernels were asked for, and whose numbers have not been read yet.
 *
 * @param step counted from 1
 * @param cursor where its batches begin
 * @param microBatch the number of its first micro-batch
 * @param results its losses and norm
 * @param learningRate applied
 * @param progress share of the budget that is used with it
 * @param tokens real tokens of the run up to it
 * @param processTokens those of this process
 */
record QueuedStep(
        long step,
        BatchCursor cursor,
        long microBatch,
        Results results,
        double learningRate,
        double progress,
        long tokens,
        long processTokens) {

    /**
     * What kernels compute for the host.
     *
     * @param losses of its micro-batches
     * @param squaredNorm of its gradient
     */
    record Results(List<Pending<MlmLoss>> losses, Pending<Double> squaredNorm) {}

    /** Whether reading waits for nothing. */
    boolean isReady() {
        return results.squaredNorm().isReady() && results.losses().stream().allMatch(Pending::isReady);
    }

    /**
     * What it did; waits for it.
     *
     * @param clock that says when
     * @throws io.github.cloze4j.DivergenceException where a number is not finite; then the optimizer has changed nothing
     */
    StepReport read(TrainingClock clock) {
        MlmLoss loss = MlmLoss.ZERO;
        long last = microBatch;
        for (Pending<MlmLoss> micro : results.losses()) {
            MlmLoss part = micro.read();
            Divergence.requireFinite("loss", part.sum() + part.nextSentence().sum(), this, last++);
            loss = loss.plus(part);
        }
        double norm = Math.sqrt(results.squaredNorm().read());
        Divergence.requireFinite("gradient norm", norm, this, last - 1);
        return new StepReport(
                step,
                progress,
                loss.mean(),
                learningRate,
                norm,
                tokens,
                clock.seconds(),
                processTokens / clock.processSeconds(),
                NextSentenceScore.of(loss.nextSentence()));
    }
}
