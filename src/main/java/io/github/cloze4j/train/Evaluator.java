package io.github.cloze4j.train;

import io.github.cloze4j.CorpusException;
import io.github.cloze4j.data.MlmBatch;
import io.github.cloze4j.model.MlmLoss;
import io.github.cloze4j.model.MlmPass;

/** Scores a model on fixed masks: the same batches at every call, no dropout. */
public final class Evaluator {
    private final Iterable<MlmBatch> batches;

    /** @param batches the same at every iteration, of the shape of the pass that is handed in later */
    public Evaluator(Iterable<MlmBatch> batches) {
        this.batches = batches;
    }

    /**
     * The loss over all batches, each masked token weighing the same.
     *
     * @param pass of the model to score
     */
    public Evaluation evaluate(MlmPass pass) {
        MlmLoss total = MlmLoss.ZERO;
        for (MlmBatch batch : batches) {
            total = total.plus(pass.evaluate(batch));
        }
        if (total.count() == 0) {
            throw new CorpusException("Expected at least one masked token to score. Received: none."
                    + " Name a validation corpus with text");
        }
        return new Evaluation(total.mean(), (double) total.correct() / total.count(), total.count());
    }
}
