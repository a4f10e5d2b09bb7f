package io.github.cloze4j.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.Cloze4jException;
import io.github.cloze4j.checkpoint.CheckpointStore;
import io.github.cloze4j.checkpoint.TrainingCheckpoint;
import io.github.cloze4j.kernel.Arena;
import io.github.cloze4j.kernel.KernelProviders;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.tensors.NamedTensor;
import io.github.cloze4j.train.ScriptedTask.Script;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;

/** The best model of a run and early stopping. */
class ModelSelectionTest {
    private static final Kernels KERNELS = KernelProviders.create("cpu", DataType.FLOAT);
    private static final double NAN = Double.NaN;

    @TempDir
    private Path directory;

    private static TrainingConfig.Builder config(int steps, ModelSelection selection) {
        return TrainingConfig.builder()
                .steps(steps)
                .evaluateEvery(2)
                .learningRate(1e-2)
                .selection(selection);
    }

    private static ModelSelection best() {
        return new ModelSelection(ScriptedTask.METRIC, true, 0, 0);
    }

    private static ModelSelection stopping(int patience, double minDelta) {
        return new ModelSelection(ScriptedTask.METRIC, true, patience, minDelta);
    }

    private static Bert model() {
        return ToyTask.model(KERNELS, 8, 0.1, 0.1);
    }

    private static float[] values(Bert model) {
        return model.parameters().values().flat().toFloatVector();
    }

    /** The end of a run, and its models at the evaluations. */
    private record Ended(TrainingResult result, float[] model, Map<Long, float[]> evaluated) {
        BestModel best() {
            return Objects.requireNonNull(result.best());
        }
    }

    private static Ended run(TrainingConfig config, Script script, @Nullable CheckpointStore store) {
        Map<Long, float[]> evaluated = new HashMap<>();
        try (Bert model = model();
                Trainer trainer = new Trainer(new ScriptedTask(model, script), config, store)) {
            trainer.listen(new TrainingListener() {
                @Override
                public void onEvaluation(long step, Evaluation evaluation) {
                    evaluated.put(step, values(model));
                }
            });
            trainer.resume();
            TrainingResult result = trainer.run();
            return new Ended(result, values(model), evaluated);
        }
    }

    @ParameterizedTest
    @CsvSource({"HIGHER, 4, 0.5", "LOWER, 2, 0.1"})
    void theModelOfTheBestEvaluationIsRestoredAndTiesKeepTheEarlierOne(MetricGoal goal, long step, double value) {
        Ended ended = run(config(8, best()).build(), new Script(goal, 0.1, 0.5, 0.3, 0.5), null);
        assertEquals(new BestModel(ScriptedTask.METRIC, step, value), ended.best());
        assertArrayEquals(ended.evaluated.get(step), ended.model);
        assertEquals(8, ended.result.steps());
        assertFalse(ended.result.stopped());
        assertEquals(
                Map.of(ScriptedTask.METRIC, value),
                Objects.requireNonNull(ended.result.evaluation()).metrics());
    }

    @ParameterizedTest
    @CsvSource({"HIGHER, 4, 0.2", "LOWER, 8, 0.1"})
    void nanIsTheWorstValue(MetricGoal goal, long step, double value) {
        Ended ended = run(config(8, best()).build(), new Script(goal, NAN, 0.2, NAN, 0.1), null);
        assertEquals(new BestModel(ScriptedTask.METRIC, step, value), ended.best());
        assertArrayEquals(ended.evaluated.get(step), ended.model);
    }

    @ParameterizedTest
    @EnumSource
    void aRunWhoseMetricIsNeverANumberHasNoBestModelAndEndsWithTheLast(MetricGoal goal) {
        Ended ended = run(config(6, best()).build(), new Script(goal, NAN, NAN, NAN), null);
        assertNull(ended.result.best());
        assertArrayEquals(ended.evaluated.get(6L), ended.model);
        Ended early = run(config(20, stopping(3, 0)).build(), new Script(goal, NAN, NAN, NAN), null);
        assertEquals(6, early.result.steps());
    }

    @Test
    void earlyStoppingIsExactlyAtTheStepOfTheLastEvaluationOfItsPatience() {
        CheckpointStore store = new CheckpointStore(directory, 2);
        TrainingConfig config = config(20, stopping(3, 0)).build();
        Script script = new Script(MetricGoal.HIGHER, 0.5, 0.4, 0.6, 0.6, NAN, 0.59);
        Ended ended = run(config, script, store);
        assertEquals(12, ended.result.steps());
        assertFalse(ended.result.stopped());
        assertEquals(new BestModel(ScriptedTask.METRIC, 6, 0.6), ended.best());
        assertArrayEquals(ended.evaluated.get(6L), ended.model);

        Ended again = run(config, script, store);
        assertEquals(12, again.result.steps(), "a run that has stopped early takes no further step");
        assertEquals(ended.result.best(), again.result.best());
        assertEquals(ended.result.evaluation(), again.result.evaluation());
        assertArrayEquals(ended.model, again.model);

        Ended longer = run(config(14, stopping(4, 0)).build(), new Script(MetricGoal.HIGHER, 0.1, 0.6), store);
        assertEquals(14, longer.result.steps(), "more patience goes on from the last step, not from the best one");
    }

    @Test
    void aSmallImprovementIsTheBestButDoesNotHoldUpEarlyStopping() {
        Script script = new Script(MetricGoal.HIGHER, 0.5, 0.55, 0.6, 0.65, 0.7);
        Ended ended = run(config(20, stopping(3, 0.1)).build(), script, null);
        assertEquals(new BestModel(ScriptedTask.METRIC, 8, 0.65), ended.best());
        assertEquals(8, ended.result.steps());
    }

    @Test
    void withoutKeepBestTheLastModelStaysAndTheBestIsNamed() {
        ModelSelection named = new ModelSelection(ScriptedTask.METRIC, false, 2, 0);
        Ended ended = run(config(20, named).build(), new Script(MetricGoal.LOWER, 0.5, 0.4, 0.6, 0.6), null);
        assertEquals(8, ended.result.steps());
        assertEquals(new BestModel(ScriptedTask.METRIC, 4, 0.4), ended.best());
        assertArrayEquals(ended.evaluated.get(8L), ended.model);
        assertEquals(
                0.6, Objects.requireNonNull(ended.result.evaluation()).metrics().get(ScriptedTask.METRIC));
    }

    @Test
    void aSampleDecidesEachTimeAndTheEndIsOnAllData() {
        List<Integer> batches = new ArrayList<>();
        try (Bert model = model()) {
            MeasuredTask task = new MeasuredTask(new ToyTask(model, 7)) {
                @Override
                public Map<String, MetricGoal> metricGoals() {
                    return Map.of("batches", MetricGoal.LOWER);
                }

                @Override
                public Optional<Map<String, Double>> metrics(Iterable<MicroBatch> scored, BooleanSupplier stop) {
                    int count = ((List<MicroBatch>) scored).size();
                    batches.add(count);
                    return Optional.of(Map.of("batches", (double) count));
                }
            };
            TrainingConfig config = TrainingConfig.builder()
                    .steps(8)
                    .evaluations(4)
                    .selection(new ModelSelection("batches", true, 0, 0))
                    .build();
            try (Trainer trainer = new Trainer(task, config, null)) {
                TrainingResult result = trainer.run();
                assertEquals(new BestModel("batches", 2, 1), result.best());
                assertEquals(
                        2.0,
                        Objects.requireNonNull(result.evaluation()).metrics().get("batches"));
            }
        }
        assertEquals(List.of(1, 1, 1, 1, 1, 2), batches, "four of the run, the restored model again, all data");
    }

    @Test
    void aRestoredModelWithAnotherValueEndsTheRun() {
        try (Bert model = model()) {
            Script script = new Script(MetricGoal.HIGHER, 0.5, 0.25, 0.375);
            try (Trainer trainer = new Trainer(
                    new ScriptedTask(model, script), config(6, best()).build(), null)) {
                script.during = () -> {
                    if (script.asked == 3) {
                        script.forget();
                    }
                };
                String message =
                        assertThrows(Cloze4jException.class, trainer::run).getMessage();
                assertTrue(message.contains("step 2, to have score 0.5 again. Received: 0.375."), message);
            }
        }
    }

    @Test
    void theBestOfARunSurvivesPrunedCheckpointsAndANewProcess() {
        CheckpointStore store = new CheckpointStore(directory, 1);
        Script script = new Script(MetricGoal.HIGHER, 0.9, 0.1, 0.2, 0.3);
        TrainingConfig config = config(8, best()).saveEvery(1).build();
        float[] bestModel;
        try (Bert model = model();
                Trainer trainer = new Trainer(new ScriptedTask(model, script), config, store)) {
            trainer.listen(new TrainingListener() {
                @Override
                public void onStep(StepReport report) {
                    if (report.step() == 5) {
                        trainer.requestStop();
                    }
                }
            });
            TrainingResult stopped = trainer.run();
            assertTrue(stopped.stopped());
            assertEquals(new BestModel(ScriptedTask.METRIC, 2, 0.9), stopped.best());
        }
        Ended whole = run(config, new Script(MetricGoal.HIGHER, 0.9, 0.1, 0.2, 0.3), null);
        bestModel = whole.evaluated.get(2L);
        Ended resumed = run(config, script, store);
        assertEquals(new BestModel(ScriptedTask.METRIC, 2, 0.9), resumed.best());
        assertArrayEquals(bestModel, resumed.model);
    }

    @Test
    void aStopWhileTheRestoredModelIsEvaluatedIsMadeUpFor() {
        Script script = new Script(MetricGoal.HIGHER, 0.5, 0.25, 0.375);
        try (Bert model = model();
                Trainer trainer = new Trainer(
                        new ScriptedTask(model, script), config(6, best()).build(), null)) {
            script.during = () -> {
                if (script.asked == 3) {
                    trainer.requestStop();
                }
            };
            TrainingResult stopped = trainer.run();
            assertTrue(stopped.stopped());
            assertNull(stopped.evaluation());
            script.during = () -> {};
            TrainingResult result = trainer.run();
            assertFalse(result.stopped());
            assertEquals(new BestModel(ScriptedTask.METRIC, 2, 0.5), result.best());
            assertEquals(
                    0.5, Objects.requireNonNull(result.evaluation()).metrics().get(ScriptedTask.METRIC));
        }
    }

    @Test
    void anEvaluationThatAStopBrokeOffCountsOnce() {
        Script script = new Script(MetricGoal.HIGHER, 0.5, 0.25, 0.375, 0.1);
        CheckpointStore store = new CheckpointStore(directory, 1);
        TrainingConfig config = config(20, stopping(2, 0)).build();
        try (Bert model = model();
                Trainer trainer = new Trainer(new ScriptedTask(model, script), config, store)) {
            script.during = () -> {
                if (script.asked == 1) {
                    trainer.requestStop();
                }
            };
            assertEquals(4, trainer.run().steps());
            script.during = () -> {};
            trainer.requestStop();
            assertEquals(4, trainer.run().steps());
        }
        assertEquals(6, run(config, script, store).result.steps());
    }

    /** Ends a run like a killed process: nothing is saved. */
    private static final class Killed extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    @ParameterizedTest
    @ValueSource(strings = {"loss", "toy", "toy_accuracy"})
    void runsThatAreKilledOrStoppedAtRandomStepsAreTheUninterruptedOneToTheLastBit(String metric) {
        long seed = System.nanoTime();
        System.err.println("ModelSelectionTest seed " + seed);
        Random random = new Random(seed);
        TrainingConfig config = config(60, new ModelSelection(metric, true, 4, 1e-4))
                .learningRate(0.05)
                .saveEvery(3)
                .build();
        TrainingCheckpoint expectedState;
        TrainingResult expected;
        float[] expectedModel;
        CheckpointStore wholeStore = new CheckpointStore(directory.resolve("whole"), 2);
        try (Bert model = model();
                Trainer trainer = new Trainer(new ToyTask(model, seed), config, wholeStore)) {
            expected = trainer.run();
            expectedModel = values(model);
            expectedState = wholeStore.latest().orElseThrow();
        }
        assertNotNull(expected.best());
        CheckpointStore store = new CheckpointStore(directory.resolve("parts"), 2);
        TrainingResult received = null;
        float[] receivedModel = {};
        int interruptions = 0;
        while (received == null) {
            long end = 1 + random.nextInt(12);
            boolean kills = random.nextBoolean();
            boolean inTime = interruptions++ < 20;
            try (Bert model = model();
                    Trainer trainer = new Trainer(new ToyTask(model, seed), config, store)) {
                long before = trainer.resume().orElse(0L);
                trainer.listen(new TrainingListener() {
                    @Override
                    public void onStep(StepReport report) {
                        if (inTime && report.step() == before + end) {
                            if (kills) {
                                throw new Killed();
                            }
                            trainer.requestStop();
                        }
                    }
                });
                TrainingResult result = trainer.run();
                if (!result.stopped()) {
                    received = result;
                    receivedModel = values(model);
                }
            } catch (Killed killed) {
                assertTrue(kills);
            }
        }
        assertEquals(expected.best(), received.best());
        assertEquals(expected.steps(), received.steps());
        assertEquals(expected.evaluation(), received.evaluation());
        assertArrayEquals(expectedModel, receivedModel);
        assertSame(expectedState, store.latest().orElseThrow());
    }

    private static void assertSame(TrainingCheckpoint expected, TrainingCheckpoint received) {
        Map<String, String> state = new HashMap<>(expected.state());
        state.put("seconds", Objects.requireNonNull(received.state().get("seconds")));
        assertEquals(state, received.state());
        assertEquals(expected.tensors().size(), received.tensors().size());
        for (int i = 0; i < expected.tensors().size(); i++) {
            NamedTensor tensor = expected.tensors().get(i);
            assertEquals(tensor.name(), received.tensors().get(i).name());
            assertEquals(tensor.data(), received.tensors().get(i).data(), tensor.name());
        }
    }

    @Test
    void aSelectionThatIsNotThatOfTheRunIsRefusedOnResume() {
        CheckpointStore store = new CheckpointStore(directory, 1);
        Script script = new Script(MetricGoal.HIGHER, 0.5, 0.25, 0.125, 0.75);
        run(config(4, best()).build(), script, store);
        for (ModelSelection other : new @Nullable ModelSelection[] {
            null, new ModelSelection("loss", true, 0, 0), new ModelSelection(ScriptedTask.METRIC, false, 2, 0)
        }) {
            TrainingConfig config = config(8, other).build();
            String message = assertThrows(IllegalArgumentException.class, () -> run(config, script, store))
                    .getMessage();
            assertTrue(message.contains("Expected a selection of the best model by score (HIGHER is better)"), message);
        }
        Script lower = new Script(MetricGoal.LOWER, 0.5);
        assertThrows(IllegalArgumentException.class, () -> run(config(8, best()).build(), lower, store));
        assertEquals(8, run(config(8, best()).build(), script, store).best().step());
    }

    @Test
    void aRunWithoutASelectionCanBeginOneWhenItIsResumed() {
        CheckpointStore store = new CheckpointStore(directory, 1);
        Script script = new Script(MetricGoal.HIGHER, 0.5, 0.25, 0.125, 0.75);
        run(config(4, null).build(), script, store);
        assertEquals(
                new BestModel(ScriptedTask.METRIC, 8, 0.75),
                run(config(8, best()).build(), script, store).best());
    }

    @Test
    void whatCannotBeSelectedIsRefusedWhenTheTrainerIsMadeAndNothingStaysOpen() {
        try (Bert model = model()) {
            model.parameters().gradients();
            int open = Arena.open().size();
            ToyTask nothingHeldOut = new ToyTask(model, 7);
            MeasuredTask task = new MeasuredTask(nothingHeldOut) {
                @Override
                public Map<String, MetricGoal> metricGoals() {
                    return Map.of();
                }

                @Override
                public Optional<Map<String, Double>> metrics(Iterable<MicroBatch> scored, BooleanSupplier stop) {
                    return Optional.of(Map.of());
                }

                @Override
                public Iterable<MicroBatch> validation() {
                    return List.of();
                }
            };
            ModelSelection byLoss = new ModelSelection("loss", true, 0, 0);
            String message = assertThrows(
                            IllegalArgumentException.class,
                            () -> new Trainer(task, config(8, byLoss).build(), null))
                    .getMessage();
            assertTrue(message.startsWith("Expected held-out data to select the best model by loss."), message);
            message = assertThrows(
                            IllegalArgumentException.class,
                            () -> new Trainer(
                                    new ToyTask(model, 7), config(8, best()).build(), null))
                    .getMessage();
            assertTrue(message.contains("one of [loss, toy, toy_accuracy]. Received: score."), message);
            assertEquals(open, Arena.open().size());
        }
        String message = assertThrows(
                        IllegalArgumentException.class,
                        () -> config(8, best()).evaluateEvery(0).build())
                .getMessage();
        assertTrue(message.contains("evaluations during the run"), message);
    }

    @Test
    void theBestWeightsAreInTheMemoryPlan() {
        try (Bert model = model()) {
            MemoryPlan without;
            try (Trainer trainer =
                    new Trainer(new ToyTask(model, 7), config(8, null).build(), null)) {
                without = trainer.memory();
            }
            ModelSelection byLoss = new ModelSelection("loss", true, 0, 0);
            int before = Arena.open().size();
            try (Trainer trainer =
                    new Trainer(new ToyTask(model, 7), config(8, byLoss).build(), null)) {
                MemoryPlan plan = trainer.memory();
                assertEquals(model.parameters().trainedLength() * Float.BYTES, plan.best());
                assertEquals(without.bytes() + plan.best(), plan.bytes());
                assertTrue(plan.describe().contains(", best weights "), plan.describe());
            }
            assertEquals(before, Arena.open().size());
        }
    }

    @ParameterizedTest
    @CsvSource({"false, 0, 0", "true, -1, 0", "true, 1, -1", "true, 0, 0.5", "true, 1, NaN"})
    void settingsThatSelectNothingOrAreOutOfRangeAreRefused(boolean keep, int patience, double minDelta) {
        String message = assertThrows(
                        IllegalArgumentException.class, () -> new ModelSelection("loss", keep, patience, minDelta))
                .getMessage();
        assertTrue(message.matches("Expected .*\\. Received: .*"), message);
    }
}
