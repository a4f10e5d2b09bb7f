package io.github.cloze4j.testing;

import io.github.cloze4j.kernel.KernelProviders;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.model.BertConfig;
import io.github.cloze4j.pretrain.PretrainingConfig;
import io.github.cloze4j.pretrain.PretrainingData;
import io.github.cloze4j.pretrain.PretrainingHeads;
import io.github.cloze4j.pretrain.PretrainingTask;
import io.github.cloze4j.train.Trainer;
import io.github.cloze4j.train.TrainingConfig;
import io.github.cloze4j.train.TrainingResult;
import io.github.cloze4j.train.TrainingTask;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * A whole run in memory: the same arguments give the same losses and parameters, also while other runs go on in the same JVM.
 * Thread-safe. A test of one's own model begins like this, and passes:
 *
 * <pre>{@code
 * PretrainingConfig config = PretrainingConfig.builder().batchSize(16).seqLen(16).build();
 * TrainingConfig training = TrainingConfig.builder().steps(150).learningRate(1e-2).build();
 * BertConfig shape = BertConfig.builder(25).numHiddenLayers(1).hiddenSize(32).numAttentionHeads(2).dropout(0).build();
 * PretrainingData data = PretrainingData.of(SyntheticData.documents(25, 200, 12, 0), SyntheticData.vocabulary(25));
 * SeededRun run = SeededRun.of(shape, config, training, data);
 * run.losses().assertFallsTo(0.5);
 * SeededRun.of(shape, config, training, data).losses().assertSameAs(run.losses());
 * }</pre>
 *
 * @param result how it ended
 * @param losses losses of its steps
 * @param parameters all of the trained model, in the order of its memory
 */
public record SeededRun(TrainingResult result, LossCurve losses, float[] parameters) {
    /**
     * Initializes a model with the seed of {@code config}, pretrains it in single precision, and frees it. Computes with
     * kernels of its own, the best that run here, so that tests may run in parallel.
     */
    public static SeededRun of(
            BertConfig shape, PretrainingConfig config, TrainingConfig training, PretrainingData data) {
        try (Kernels kernels = KernelProviders.create(KernelProviders.AUTO, DataType.FLOAT)) {
            return of(shape, config, training, data, kernels);
        }
    }

    /**
     * Runs as {@link #of(BertConfig, PretrainingConfig, TrainingConfig, PretrainingData)} does, on the caller's kernels.
     *
     * @param kernels kernels in single precision; runs that share them at the same time wait for each other's steps
     */
    public static SeededRun of(
            BertConfig shape,
            PretrainingConfig config,
            TrainingConfig training,
            PretrainingData data,
            Kernels kernels) {
        BertConfig trained = PretrainingHeads.config(shape, config.objectives());
        try (Bert model = new Bert(trained, PretrainingHeads.of(config.objectives()), kernels)) {
            model.initialize(config.seed());
            return of(new PretrainingTask(model, config, data), training);
        }
    }

    /**
     * A run of any task.
     *
     * @param task a task with an initialized model in single precision; the task is closed, and the model stays open
     */
    public static SeededRun of(TrainingTask task, TrainingConfig training) {
        LossCurve losses = new LossCurve();
        try (Trainer trainer = new Trainer(task, training, null)) {
            TrainingResult result = trainer.listen(losses).run();
            HostCopy parameters = new HostCopy(
                    task.parameters().kernels(), task.parameters().values().flat());
            return new SeededRun(result, losses, parameters.toFloats());
        }
    }

    /** Equal in all parts, arrays by their content. */
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof SeededRun that && Arrays.deepEquals(parts(), that.parts());
    }

    @Override
    public int hashCode() {
        return Arrays.deepHashCode(parts());
    }

    private Object[] parts() {
        return new Object[] {result, losses.losses(), parameters};
    }

    /** Short: arrays are not printed. */
    @Override
    public String toString() {
        return "SeededRun[" + result + ", " + losses.losses().size() + " losses, " + parameters.length + " parameters]";
    }
}
