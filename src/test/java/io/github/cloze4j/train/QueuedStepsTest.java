package io.github.cloze4j.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.DivergenceException;
import io.github.cloze4j.checkpoint.CheckpointStore;
import io.github.cloze4j.data.TokenDocuments;
import io.github.cloze4j.kernel.KernelProviders;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.model.BertConfig;
import io.github.cloze4j.model.Initialization;
import io.github.cloze4j.model.head.LanguageModelHead;
import io.github.cloze4j.pretrain.PretrainingConfig;
import io.github.cloze4j.pretrain.PretrainingData;
import io.github.cloze4j.pretrain.PretrainingTask;
import io.github.cloze4j.testing.SyntheticData;
import io.github.cloze4j.train.PoisonedKernels.Place;
import io.github.cloze4j.train.ProviderRun.Plan;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;

/** Training with kernels that get a step while the one before has not been read. */
class QueuedStepsTest {
    private static final int VOCABULARY = 50;
    private static final Kernels PROMPT = KernelProviders.create("cpu", DataType.FLOAT);
    private static final Plan PLAN = new Plan(7, 0, 1, 16, 2, 2, 16);

    private final long seed = System.nanoTime();
    private final Random random = new Random(seed);

    @TempDir
    private Path directory;

    private static Bert model(Kernels kernels) {
        Bert model = new Bert(
                BertConfig.builder(VOCABULARY)
                        .numHiddenLayers(1)
                        .hiddenSize(16)
                        .numAttentionHeads(2)
                        .build(),
                List.of(LanguageModelHead.MASKED),
                kernels);
        model.initialize(3, Initialization.NORMAL);
        return model;
    }

    private static TrainingConfig.Builder config() {
        return TrainingConfig.builder().accumulate(2);
    }

    private static Trainer trainer(
            Bert model, TrainingConfig config, PretrainingData data, @Nullable CheckpointStore store) {
        return new Trainer(
                new PretrainingTask(
                        model,
                        PretrainingConfig.builder()
                                .batchSize(2)
                                .seqLen(16)
                                .seed(7)
                                .build(),
                        data),
                config,
                store);
    }

    private static PretrainingData data() {
        TokenDocuments documents = SyntheticData.documents(VOCABULARY, 40, 12, 1);
        return new PretrainingData(documents, documents, SyntheticData.vocabulary(VOCABULARY), 0);
    }

    @Test
    void theRunIsThatOfKernelsThatAreReadAtOnceToTheLastBitAlsoWhenResumed() {
        ProviderRun expected = ProviderRun.of(PROMPT, PLAN, directory.resolve("prompt"));
        Kernels late = new LateKernels().around(PROMPT);
        ProviderRun.of(late, PLAN, directory.resolve("late")).assertSameAs(expected);
        ProviderRun.of(late, PLAN.stoppedAt(3), directory.resolve("resumed")).assertSameAs(expected);
    }

    @Test
    void aStepIsReportedWhenTheNextIsQueuedAndBeforeItIsEvaluatedSavedOrTheLast() {
        LateKernels late = new LateKernels();
        HeardEvents listener = new HeardEvents(() -> " of " + late.pieces());
        TrainingConfig config = config().steps(8).evaluateEvery(3).saveEvery(5).build();
        try (Bert model = model(late.around(PROMPT));
                Trainer trainer = trainer(model, config, data(), new CheckpointStore(directory, 1))) {
            trainer.listen(listener).run();
        }
        assertEquals(
                List.of(
                        "step 1 of 2",
                        "step 2 of 3",
                        "step 3 of 3",
                        "evaluating 3",
                        "evaluation 3",
                        "step 4 of 5",
                        "step 5 of 5",
                        "checkpoint 5",
                        "step 6 of 6",
                        "evaluating 6",
                        "evaluation 6",
                        "step 7 of 8",
                        "step 8 of 8",
                        "checkpoint 8",
                        "evaluating 8",
                        "evaluation 8",
                        "end 8"),
                listener.heard);
    }

    @Test
    void aStopEndsTheRunAfterTheStepsThatAreQueuedAllReportedAndSaved() {
        List<Long> reported = new ArrayList<>();
        CheckpointStore store = new CheckpointStore(directory, 1);
        try (Bert model = model(new LateKernels().around(PROMPT));
                Trainer trainer =
                        trainer(model, config().steps(8).evaluations(0).build(), data(), store)) {
            TrainingResult result = trainer.listen(new TrainingListener() {
                        @Override
                        public void onStep(StepReport report) {
                            reported.add(report.step());
                            if (report.step() == 4) {
                                trainer.requestStop();
                            }
                        }
                    })
                    .run();
            assertTrue(result.stopped());
            assertEquals(5, result.steps());
        }
        assertEquals(List.of(1L, 2L, 3L, 4L, 5L), reported);
        assertEquals(5, store.latest().orElseThrow().step());
    }

    /** The step behind the one that is not finite has been asked for by then, and must change nothing either. */
    @ParameterizedTest
    @EnumSource(Place.class)
    void parametersAreThoseOfTheLastStepThatWasFinite(Place place) {
        System.err.println("QueuedStepsTest seed " + seed);
        for (boolean late : new boolean[] {false, true}) {
            // Of a step with two micro-batches, all places are called at least twice.
            PoisonedKernels poisoned = new PoisonedKernels(place, random.nextInt(2), Float.POSITIVE_INFINITY);
            Kernels kernels = poisoned.around(PROMPT);
            LateKernels queue = new LateKernels();
            CheckpointStore store = new CheckpointStore(directory.resolve(place + " " + late), 5);
            List<float[]> saved = new ArrayList<>();
            try (Bert model = model(late ? queue.around(kernels) : kernels);
                    Trainer trainer = trainer(
                            model, config().steps(9).evaluations(0).saveEvery(3).build(), data(), store)) {
                trainer.listen(new TrainingListener() {
                    @Override
                    public void onCheckpoint(long step, Path checkpoint) {
                        saved.add(model.parameters().values().flat().toFloatVector());
                        poisoned.start();
                    }
                });
                DivergenceException thrown = assertThrows(DivergenceException.class, trainer::run);
                assertEquals(4, thrown.step());
                assertEquals(late ? 5 : 0, queue.pieces(), "steps asked for");
                assertArrayEquals(
                        saved.get(0), model.parameters().values().flat().toFloatVector());
            }
            assertEquals(1, saved.size());
            assertEquals(3, store.latest().orElseThrow().step());
        }
    }
}
