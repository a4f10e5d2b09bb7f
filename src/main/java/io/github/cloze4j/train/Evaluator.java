package io.github.cloze4j.train;

import io.github.cloze4j.Cloze4jException;
import io.github.cloze4j.CorpusException;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** Scores a model on the same batches at every call, without dropout. Each target weighs the same. */
public final class Evaluator {
    private final List<String> losses;
    private final Iterable<MicroBatch> batches;

    /**
     * Evaluates on some batches.
     *
     * @param losses the names of the batches' losses
     * @param batches the same at every iteration
     */
    public Evaluator(List<String> losses, Iterable<MicroBatch> batches) {
        this.losses = List.copyOf(losses);
        this.batches = batches;
    }

    /**
     * The scores over all batches.
     *
     * @throws CorpusException if the batches have no target
     * @throws Cloze4jException if a loss is not finite, or the thread is interrupted before the last batch; it stays
     *     interrupted
     */
    public Evaluation evaluate() {
        Evaluation evaluation = evaluate(Thread.currentThread()::isInterrupted);
        if (evaluation == null) {
            throw new Cloze4jException(
                    "Expected to score all batches. Received: an interrupt of the thread. Evaluate again");
        }
        if (!Double.isFinite(evaluation.loss())) {
            throw new Cloze4jException("Expected a finite loss. Received: " + evaluation.loss()
                    + ". Use a model whose training did not diverge");
        }
        return evaluation;
    }

    /** The scores over all batches, finite or not; null if it was told to stop. */
    @Nullable
    Evaluation evaluate(BooleanSupplier stop) {
        Scores scores = new Scores(losses);
        for (MicroBatch batch : batches) {
            if (stop.getAsBoolean()) {
                return null;
            }
            scores.add(batch.score().read(), batch.counts());
        }
        Evaluation evaluation = new Evaluation(scores.byName());
        if (evaluation.scores().isEmpty()) {
            throw new CorpusException("Expected at least one target to score for the losses " + losses
                    + ". Received: none. Give other held-out data; of text note that unknown and special tokens are never"
                    + " masked");
        }
        return evaluation;
    }
}
