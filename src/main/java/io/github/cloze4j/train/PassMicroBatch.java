package io.github.cloze4j.train;

import io.github.cloze4j.data.Batch;
import io.github.cloze4j.kernel.LossSum;
import io.github.cloze4j.kernel.Pending;
import io.github.cloze4j.model.TrainingPass;
import java.util.List;

/**
 * A batch for a pass of a {@link io.github.cloze4j.model.Bert}: the micro-batch of every task that trains one.
 *
 * @param pass the pass that computes on the batch
 * @param batch a batch of the shape of the pass
 * @param seed seed of the run's dropout
 */
public record PassMicroBatch(TrainingPass pass, Batch batch, long seed) implements MicroBatch {
    @Override
    public long tokens() {
        return batch.realTokens();
    }

    @Override
    public int[] counts() {
        return batch.answerCounts();
    }

    @Override
    public Pending<List<LossSum>> train(long number, double[] scales) {
        return pass.forwardBackward(batch, seed, number, scales);
    }

    @Override
    public Pending<List<LossSum>> score() {
        return pass.loss(batch);
    }
}
