package io.github.cloze4j.train;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.cloze4j.checkpoint.CheckpointStore;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.model.BertConfig;
import io.github.cloze4j.model.Initialization;
import io.github.cloze4j.pretrain.ObjectiveSchedule;
import io.github.cloze4j.pretrain.PretrainingConfig;
import io.github.cloze4j.pretrain.PretrainingData;
import io.github.cloze4j.pretrain.PretrainingHeads;
import io.github.cloze4j.pretrain.PretrainingTask;
import io.github.cloze4j.tensors.NamedTensor;
import io.github.cloze4j.testing.LossCurve;
import io.github.cloze4j.testing.SyntheticData;
import java.nio.file.Path;
import java.util.List;

/** A small run with dropout, accumulation and clipping on some kernels: its losses, and all tensors of its last checkpoint. */
record ProviderRun(LossCurve losses, List<NamedTensor> tensors) {
    private static final int VOCABULARY = 200;

    /** Steps to run, and where to stop and go on from the checkpoint; 0 for nowhere. */
    record Plan(
            int steps, int stopAt, int layers, int hidden, int heads, int batchSize, int seqLen, String objectives) {
        /** With masked words alone. */
        Plan(int steps, int stopAt, int layers, int hidden, int heads, int batchSize, int seqLen) {
            this(steps, stopAt, layers, hidden, heads, batchSize, seqLen, "mlm");
        }

        TrainingConfig config() {
            return TrainingConfig.builder()
                    .accumulate(2)
                    .warmup(0.1)
                    .steps(steps)
                    .build();
        }

        PretrainingConfig rows() {
            return PretrainingConfig.builder()
                    .batchSize(batchSize)
                    .seqLen(seqLen)
                    .seed(7)
                    .objectives(ObjectiveSchedule.parse(objectives))
                    .build();
        }

        Plan stoppedAt(int step) {
            return new Plan(steps, step, layers, hidden, heads, batchSize, seqLen, objectives);
        }

        Plan with(String schedule) {
            return new Plan(steps, stopAt, layers, hidden, heads, batchSize, seqLen, schedule);
        }
    }

    static ProviderRun of(Kernels kernels, Plan plan, Path directory) {
        LossCurve losses = new LossCurve();
        CheckpointStore store = new CheckpointStore(directory, 1);
        if (plan.stopAt() > 0) {
            part(kernels, plan, store, losses, plan.stopAt());
        }
        part(kernels, plan, store, losses, 0);
        return new ProviderRun(losses, store.latest().orElseThrow().tensors());
    }

    private static void part(Kernels kernels, Plan plan, CheckpointStore store, LossCurve losses, int stopAt) {
        PretrainingData data = new PretrainingData(
                SyntheticData.documents(VOCABULARY, 400, plan.seqLen() - 2, 1),
                null,
                SyntheticData.vocabulary(VOCABULARY),
                0);
        BertConfig shape = BertConfig.builder(VOCABULARY)
                .numHiddenLayers(plan.layers())
                .hiddenSize(plan.hidden())
                .numAttentionHeads(plan.heads())
                .build();
        ObjectiveSchedule objectives = plan.rows().objectives();
        BertConfig trained = PretrainingHeads.config(shape, objectives);
        try (Bert model = new Bert(trained, PretrainingHeads.of(objectives), kernels)) {
            model.initialize(3, Initialization.NORMAL);
            PretrainingTask task = new PretrainingTask(model, plan.rows(), data);
            try (Trainer trainer = new Trainer(task, plan.config(), store)) {
                trainer.resume();
                trainer.listen(losses)
                        .listen(new TrainingListener() {
                            @Override
                            public void onStep(StepReport report) {
                                if (report.step() == stopAt) {
                                    trainer.requestStop();
                                }
                            }
                        })
                        .run();
            }
        }
    }

    void assertSameAs(ProviderRun expected) {
        losses.assertSameAs(expected.losses);
        assertEquals(expected.tensors.size(), tensors.size());
        for (int i = 0; i < tensors.size(); i++) {
            assertEquals(expected.tensors.get(i).name(), tensors.get(i).name());
            assertEquals(
                    expected.tensors.get(i).data(),
                    tensors.get(i).data(),
                    tensors.get(i).name());
        }
    }

    /** Demands losses that differ by no more than a share of each. */
    void assertCloseTo(ProviderRun expected, double tolerance) {
        List<Double> others = expected.losses.losses();
        assertEquals(others.size(), losses.losses().size());
        for (int i = 0; i < others.size(); i++) {
            assertEquals(others.get(i), losses.losses().get(i), tolerance * others.get(i), "loss of step " + (i + 1));
        }
    }
}
