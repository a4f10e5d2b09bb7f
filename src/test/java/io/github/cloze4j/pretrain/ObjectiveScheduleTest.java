package io.github.cloze4j.pretrain;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.checkpoint.CheckpointStore;
import io.github.cloze4j.data.Objective;
import io.github.cloze4j.data.TokenDocuments;
import io.github.cloze4j.kernel.KernelProviders;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.model.BertConfig;
import io.github.cloze4j.model.Initialization;
import io.github.cloze4j.testing.SyntheticData;
import io.github.cloze4j.train.Evaluation;
import io.github.cloze4j.train.StepReport;
import io.github.cloze4j.train.Trainer;
import io.github.cloze4j.train.TrainingConfig;
import io.github.cloze4j.train.TrainingListener;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;

/** Objectives one after the other: their shares, their losses, and a run that is stopped and resumed at any step. */
final class ObjectiveScheduleTest {
    private static final int VOCABULARY = 50;
    private static final int STEPS = 12;
    private static final Kernels KERNELS = KernelProviders.create("cpu", DataType.FLOAT);

    @TempDir
    private Path directory;

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            mlm                      | mlm                      | 0:0 0.99:0
            clm:0.25,mlm             | clm:0.25,mlm             | 0:0 0.2499:0 0.25:1 0.9:1 1:1
            clm:0.25, mlm:0.75       | clm:0.25,mlm             | 0:0 0.25:1
            clm:0.1,mlm:0.2,clm      | clm:0.1,mlm:0.2,clm      | 0.05:0 0.1:1 0.29:1 0.3:2 1:2
            prefix-lm:.5,mlm         | prefix-lm:0.5,mlm        | 0.4:0 0.6:1
            """)
    void aTextSaysWhatIsTrainedWhen(String text, String same, String stages) {
        ObjectiveSchedule schedule = ObjectiveSchedule.parse(text);
        assertEquals(same, schedule.toString());
        assertEquals(schedule, ObjectiveSchedule.parse(schedule.toString()));
        for (String stage : stages.split(" ")) {
            String[] pair = stage.split(":");
            assertEquals(Integer.parseInt(pair[1]), schedule.stageAt(Double.parseDouble(pair[0])), stage);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "nsp",
                "clm,mlm",
                "clm:0.5",
                "clm:1,mlm",
                "clm:0,mlm",
                "clm:x,mlm",
                "clm:0.5:1,mlm",
                "clm:0.5,mlm:0.6",
                "clm:0.5,mlm-nsp",
                "clm:0.5,,mlm"
            })
    void whatIsNoScheduleIsRefused(String text) {
        String message = assertThrows(IllegalArgumentException.class, () -> ObjectiveSchedule.parse(text))
                .getMessage();
        assertTrue(message.startsWith("Expected"), message);
    }

    private static final PretrainingConfig SCHEDULE = PretrainingConfig.builder()
            .batchSize(2)
            .seqLen(16)
            .seed(7)
            .clmShare(0.7)
            .objectives(ObjectiveSchedule.parse("clm:0.25,prefix-lm:0.25,mlm"))
            .build();

    private static Bert model() {
        BertConfig shape = BertConfig.builder(VOCABULARY)
                .numHiddenLayers(2)
                .hiddenSize(16)
                .numAttentionHeads(2)
                .build();
        Bert model = new Bert(
                PretrainingHeads.config(shape, SCHEDULE.objectives()),
                PretrainingHeads.of(SCHEDULE.objectives()),
                KERNELS);
        model.initialize(3, Initialization.NORMAL);
        return model;
    }

    private static Trainer trainer(Bert model, @Nullable CheckpointStore store) {
        return trainer(model, store, STEPS);
    }

    private static Trainer trainer(Bert model, @Nullable CheckpointStore store, long steps) {
        TokenDocuments documents = SyntheticData.documents(VOCABULARY, 40, 12, 1);
        PretrainingData data = PretrainingData.of(documents, SyntheticData.vocabulary(VOCABULARY))
                .withValidation(documents)
                .withWorkers(1);
        TrainingConfig config = TrainingConfig.builder()
                .steps(steps)
                .accumulate(2)
                .evaluateEvery(3)
                .build();
        return new Trainer(new PretrainingTask(model, SCHEDULE, data), config, store);
    }

    private static final class Heard implements TrainingListener {
        private final List<Set<String>> steps = new ArrayList<>();
        private final List<Set<String>> evaluations = new ArrayList<>();

        @Override
        public void onStep(StepReport report) {
            steps.add(report.scores().keySet());
        }

        @Override
        public void onEvaluation(long step, Evaluation evaluation) {
            evaluations.add(evaluation.scores().keySet());
        }
    }

    @Test
    void eachStageHasTheLossOfItsObjectiveAndIsEvaluatedByIt() {
        Heard heard = new Heard();
        try (Bert model = model();
                Trainer trainer = trainer(model, null)) {
            trainer.listen(heard).run();
        }
        List<Set<String>> expected = new ArrayList<>();
        for (int step = 0; step < STEPS; step++) {
            expected.add(Set.of(step < 3 ? "clm" : step < 6 ? "prefix-lm" : "mlm"));
        }
        assertEquals(expected, heard.steps);
        assertEquals(List.of(Set.of("clm"), Set.of("prefix-lm"), Set.of("mlm"), Set.of("mlm")), heard.evaluations);
    }

    /** Stopped after any step, also where an objective ends, a run goes on to the same bytes. */
    @Test
    void aRunThatIsStoppedGoesOnToTheSameBytes() {
        float[] whole;
        try (Bert model = model();
                Trainer trainer = trainer(model, null)) {
            trainer.run();
            whole = model.parameters().values().flat().toFloatVector();
        }
        for (int stop : new int[] {1, 2, 3, 4, 5, 6, 9}) {
            CheckpointStore store = new CheckpointStore(directory.resolve("stop" + stop), 2);
            try (Bert model = model();
                    Trainer trainer = trainer(model, store)) {
                trainer.listen(new TrainingListener() {
                            @Override
                            public void onStep(StepReport report) {
                                if (report.step() == stop) {
                                    trainer.requestStop();
                                }
                            }
                        })
                        .run();
            }
            try (Bert model = model();
                    Trainer trainer = trainer(model, store)) {
                assertEquals(stop, trainer.resume().orElseThrow());
                trainer.run();
                assertArrayEquals(whole, model.parameters().values().flat().toFloatVector(), "stopped after " + stop);
            }
        }
    }

    /** The checkpoint is of a later objective than the run that goes on without it. */
    @Test
    void aResumeThatIsRefusedLeavesTheObjectiveAsItWas() {
        CheckpointStore store = new CheckpointStore(directory.resolve("later"), 2);
        try (Bert model = model();
                Trainer trainer = trainer(model, store)) {
            trainer.run();
        }
        Heard heard = new Heard();
        try (Bert model = model();
                Trainer trainer = trainer(model, store, 4)) {
            assertThrows(IllegalArgumentException.class, trainer::resume);
            trainer.listen(heard).runSteps(1);
        }
        assertEquals(List.of(Set.of("clm")), heard.steps);
    }

    @ParameterizedTest
    @ValueSource(strings = {"clm", "prefix-lm"})
    void aModelThatReadsOtherwiseIsRefused(String objective) {
        PretrainingConfig next = SCHEDULE.toBuilder()
                .objectives(ObjectiveSchedule.parse(objective))
                .build();
        TokenDocuments documents = SyntheticData.documents(VOCABULARY, 4, 12, 1);
        PretrainingData data = PretrainingData.of(documents, SyntheticData.vocabulary(VOCABULARY));
        BertConfig bidirectional = BertConfig.builder(VOCABULARY)
                .numHiddenLayers(1)
                .hiddenSize(16)
                .numAttentionHeads(2)
                .build();
        try (Bert model = new Bert(bidirectional, PretrainingHeads.of(next.objectives()), KERNELS)) {
            assertThrows(IllegalArgumentException.class, () -> new PretrainingTask(model, next, data));
        }
    }

    @Test
    void theLastObjectiveDecidesWhatTheModelIs() {
        BertConfig config = BertConfig.builder(VOCABULARY).build();
        assertTrue(PretrainingHeads.config(config, ObjectiveSchedule.of(Objective.CLM))
                .isDecoder());
        assertTrue(PretrainingHeads.config(config, ObjectiveSchedule.parse("mlm:0.5,prefix-lm"))
                .isDecoder());
        assertEquals(config, PretrainingHeads.config(config, ObjectiveSchedule.parse("clm:0.5,mlm")));
    }
}
