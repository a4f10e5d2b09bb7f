package io.github.cloze4j.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.DivergenceException;
import io.github.cloze4j.checkpoint.CheckpointStore;
import io.github.cloze4j.checkpoint.TrainingCheckpoint;
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
import io.github.cloze4j.testing.LossCurve;
import io.github.cloze4j.testing.SyntheticData;
import io.github.cloze4j.train.PoisonedKernels.Place;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;

/** A trainer that is run several times is the one that is run once. */
class RunInPartsTest {
    private static final int VOCABULARY = 50;
    private static final int STEPS = 10;
    private static final Kernels PROMPT = KernelProviders.create("cpu", DataType.FLOAT);

    @TempDir
    private Path directory;

    private static Kernels kernels(boolean late) {
        return late ? new LateKernels().around(PROMPT) : PROMPT;
    }

    private static Bert model(Kernels kernels, long seed) {
        Bert model = new Bert(
                BertConfig.builder(VOCABULARY)
                        .numHiddenLayers(1)
                        .hiddenSize(16)
                        .numAttentionHeads(2)
                        .build(),
                List.of(LanguageModelHead.MASKED),
                kernels);
        model.initialize(seed, Initialization.NORMAL);
        return model;
    }

    private static TrainingConfig.Builder config() {
        return TrainingConfig.builder().steps(STEPS).accumulate(2);
    }

    private static Trainer trainer(Bert model, TrainingConfig config, @Nullable CheckpointStore store) {
        PretrainingConfig rows =
                PretrainingConfig.builder().batchSize(2).seqLen(16).seed(7).build();
        TokenDocuments documents = SyntheticData.documents(VOCABULARY, 40, 12, 1);
        PretrainingData data = PretrainingData.of(documents, SyntheticData.vocabulary(VOCABULARY))
                .withValidation(documents)
                .withWorkers(1);
        return new Trainer(new PretrainingTask(model, rows, data), config, store);
    }

    private static float[] values(Bert model) {
        return model.parameters().values().flat().toFloatVector();
    }

    /** A run in one piece. */
    private static float[] whole(LossCurve losses) {
        try (Bert model = model(PROMPT, 3);
                Trainer trainer = trainer(model, config().build(), null)) {
            trainer.listen(losses).run();
            return values(model);
        }
    }

    private static TrainingListener onStep(long step, Runnable event) {
        return new TrainingListener() {
            @Override
            public void onStep(StepReport report) {
                if (report.step() == step) {
                    event.run();
                }
            }
        };
    }

    /** Writes down the start of a run too. */
    private static final class Heard extends HeardEvents {
        Heard() {
            super(() -> "");
        }

        @Override
        public void onStart(TrainingConfig config, Map<String, String> task, long firstStep) {
            heard.add("start " + firstStep);
        }
    }

    private static List<String> steps(int first, int last) {
        return IntStream.rangeClosed(first, last)
                .mapToObj(step -> "step " + step)
                .toList();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void someStepsAndSomeMoreAreTheStepsOfOneRun(boolean late) {
        LossCurve expectedLosses = new LossCurve();
        float[] expected = whole(expectedLosses);
        LossCurve losses = new LossCurve();
        Heard listener = new Heard();
        CheckpointStore store = new CheckpointStore(directory, 1);
        try (Bert model = model(kernels(late), 3);
                Trainer trainer =
                        trainer(model, config().evaluateEvery(1).saveEvery(1).build(), store)) {
            trainer.listen(losses).listen(listener);
            assertEquals(STEPS / 2, trainer.runSteps(STEPS / 2));
            assertEquals(steps(1, STEPS / 2), listener.heard.subList(1, listener.heard.size()));
            assertEquals(STEPS, trainer.runSteps(STEPS / 2));
            assertArrayEquals(expected, values(model));
            // The budget is used.
            assertEquals(STEPS, trainer.runSteps(1));
            assertArrayEquals(expected, values(model));
        }
        losses.assertSameAs(expectedLosses);
        assertEquals(
                Stream.concat(Stream.of("start 1"), steps(1, STEPS).stream()).toList(), listener.heard);
        assertTrue(store.latest().isEmpty());
    }

    @Test
    void stepsAreFollowedByARunThatSavesAndEvaluates() {
        LossCurve expectedLosses = new LossCurve();
        float[] expected = whole(expectedLosses);
        LossCurve losses = new LossCurve();
        Heard listener = new Heard();
        CheckpointStore store = new CheckpointStore(directory, 1);
        try (Bert model = model(PROMPT, 3);
                Trainer trainer = trainer(model, config().evaluations(0).build(), store)) {
            trainer.listen(losses).listen(listener);
            trainer.runSteps(4);
            assertFalse(trainer.run().stopped());
            assertArrayEquals(expected, values(model));
        }
        losses.assertSameAs(expectedLosses);
        assertEquals(
                List.of("start 1"),
                listener.heard.stream()
                        .filter(event -> event.startsWith("start"))
                        .toList());
        assertEquals(
                List.of("checkpoint 10", "evaluating 10", "evaluation 10", "end 10"),
                listener.heard.subList(listener.heard.size() - 4, listener.heard.size()));
        assertEquals(STEPS, store.latest().orElseThrow().step());
    }

    @Test
    void aStopEndsStepsToo() {
        try (Bert model = model(PROMPT, 3);
                Trainer trainer = trainer(model, config().build(), null)) {
            trainer.listen(onStep(3, trainer::requestStop));
            assertEquals(3, trainer.runSteps(STEPS));
            assertEquals(5, trainer.runSteps(2));
        }
    }

    /** So that curves forget the steps behind the place that is restored. */
    @Test
    void stepsAfterARestoreBeginWithAStart() {
        Heard listener = new Heard();
        try (Bert model = model(PROMPT, 3);
                Trainer trainer = trainer(model, config().build(), null)) {
            trainer.listen(listener).runSteps(1);
            TrainingCheckpoint captured = trainer.capture();
            trainer.runSteps(1);
            float[] expected = values(model);
            trainer.restore(captured);
            trainer.runSteps(1);
            assertArrayEquals(expected, values(model));
        }
        assertEquals(List.of("start 1", "step 1", "step 2", "start 2", "step 2"), listener.heard);
    }

    @Test
    void noStepsAreRefused() {
        try (Bert model = model(PROMPT, 3);
                Trainer trainer = trainer(model, config().build(), null)) {
            String message = assertThrows(IllegalArgumentException.class, () -> trainer.runSteps(0))
                    .getMessage();
            assertTrue(message.contains("Received: 0"), message);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aFreshTrainerGoesOnFromWhatAnotherCaptured(boolean late) {
        LossCurve expectedLosses = new LossCurve();
        LossCurve losses = new LossCurve();
        float[] expected;
        TrainingCheckpoint captured;
        try (Bert model = model(kernels(late), 3);
                Trainer trainer = trainer(model, config().build(), null)) {
            trainer.runSteps(4);
            captured = trainer.capture();
            trainer.listen(expectedLosses).runSteps(6);
            expected = values(model);
        }
        assertEquals(4, captured.step());
        CheckpointStore store = new CheckpointStore(directory, 1);
        try (Bert model = model(kernels(late), 11);
                Trainer trainer = trainer(model, config().build(), store)) {
            trainer.restore(captured);
            TrainingResult result = trainer.listen(losses).run();
            assertEquals(STEPS, result.steps());
            assertArrayEquals(expected, values(model));
        }
        losses.assertSameAs(expectedLosses);
        assertEquals(STEPS, store.latest().orElseThrow().step());
    }

    /** The store has another state of the same step. */
    @Test
    void whatWasRestoredIsSaved() {
        TrainingCheckpoint captured;
        float[] expected;
        try (Bert model = model(PROMPT, 3);
                Trainer trainer = trainer(model, config().build(), null)) {
            trainer.runSteps(4);
            captured = trainer.capture();
            expected = values(model);
        }
        CheckpointStore store = new CheckpointStore(directory, 1);
        try (Bert model = model(PROMPT, 11);
                Trainer trainer = trainer(model, config().build(), store)) {
            trainer.listen(onStep(4, trainer::requestStop));
            assertEquals(4, trainer.run().steps());
            trainer.restore(captured);
            trainer.requestStop();
            TrainingResult result = trainer.run();
            assertTrue(result.stopped());
            assertEquals(4, result.steps());
            assertArrayEquals(expected, values(model));
        }
        try (Bert model = model(PROMPT, 12);
                Trainer trainer = trainer(model, config().build(), store)) {
            assertEquals(4, trainer.resume().orElseThrow());
            assertArrayEquals(expected, values(model));
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aRunAfterAStopGoesOn(boolean late) {
        LossCurve expectedLosses = new LossCurve();
        float[] expected = whole(expectedLosses);
        LossCurve losses = new LossCurve();
        Heard listener = new Heard();
        try (Bert model = model(kernels(late), 3);
                Trainer trainer = trainer(model, config().evaluations(0).build(), null)) {
            trainer.listen(losses).listen(listener).listen(onStep(4, trainer::requestStop));
            TrainingResult first = trainer.run();
            assertTrue(first.stopped());
            int done = late ? 5 : 4;
            assertEquals(done, first.steps());
            TrainingResult second = trainer.run();
            assertFalse(second.stopped());
            assertEquals(STEPS, second.steps());
            assertArrayEquals(expected, values(model));
            assertEquals(
                    List.of("end " + done, "start " + (done + 1), "step " + (done + 1)),
                    listener.heard.subList(done + 1, done + 4));
        }
        losses.assertSameAs(expectedLosses);
    }

    /** The same step diverges twice, and not a third time. */
    @ParameterizedTest
    @EnumSource(Place.class)
    void aRunAfterADivergenceRepeatsTheStep(Place place) {
        LossCurve expectedLosses = new LossCurve();
        float[] expected = whole(expectedLosses);
        for (boolean late : new boolean[] {false, true}) {
            PoisonedKernels poisoned = new PoisonedKernels(place, 1, Float.POSITIVE_INFINITY);
            Kernels kernels = poisoned.around(PROMPT);
            LossCurve losses = new LossCurve();
            CheckpointStore store = new CheckpointStore(directory.resolve(place + " " + late), 5);
            List<float[]> before = new ArrayList<>();
            TrainingConfig config = config().evaluations(0).saveEvery(3).build();
            try (Bert model = model(late ? new LateKernels().around(kernels) : kernels, 3);
                    Trainer trainer = trainer(model, config, store)) {
                trainer.listen(losses).listen(new TrainingListener() {
                    @Override
                    public void onCheckpoint(long step, Path checkpoint) {
                        if (step == 3) {
                            before.add(values(model));
                            poisoned.start();
                        }
                    }
                });
                DivergenceException first = assertThrows(DivergenceException.class, trainer::run);
                assertEquals(4, first.step());
                assertTrue(first.getMessage().contains("step 4"), first.getMessage());
                assertUnchanged(before.get(0), model);

                poisoned.start();
                DivergenceException second = assertThrows(DivergenceException.class, trainer::run);
                assertEquals(4, second.step());
                assertEquals(first.getMessage(), second.getMessage());
                assertUnchanged(before.get(0), model);

                poisoned.start();
                DivergenceException third = assertThrows(DivergenceException.class, () -> trainer.runSteps(2));
                assertEquals(first.getMessage(), third.getMessage());
                assertUnchanged(before.get(0), model);

                TrainingResult result = trainer.run();
                assertEquals(STEPS, result.steps());
                assertArrayEquals(expected, values(model));
            }
            losses.assertSameAs(expectedLosses);
            assertEquals(STEPS, store.latest().orElseThrow().step());
        }
    }

    private static void assertUnchanged(float[] before, Bert model) {
        float[] now = values(model);
        for (float value : now) {
            assertTrue(Float.isFinite(value));
        }
        assertArrayEquals(before, now);
    }
}
