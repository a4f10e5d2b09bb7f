package io.github.cloze4j.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.Cloze4jException;
import io.github.cloze4j.DivergenceException;
import io.github.cloze4j.checkpoint.CheckpointStore;
import io.github.cloze4j.checkpoint.TrainingCheckpoint;
import io.github.cloze4j.data.BatchCursor;
import io.github.cloze4j.data.TokenDocuments;
import io.github.cloze4j.kernel.Arena;
import io.github.cloze4j.kernel.KernelProviders;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.kernel.LossSum;
import io.github.cloze4j.kernel.Pending;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.model.BertConfig;
import io.github.cloze4j.model.head.LanguageModelHead;
import io.github.cloze4j.nn.ParameterStore;
import io.github.cloze4j.pretrain.PretrainingConfig;
import io.github.cloze4j.pretrain.PretrainingData;
import io.github.cloze4j.pretrain.PretrainingTask;
import io.github.cloze4j.testing.SyntheticData;
import io.github.cloze4j.train.PoisonedKernels.Place;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;

/** Calls of a trainer in orders that its documentation does not show. */
class OddOrdersTest {
    private static final int VOCABULARY = 50;
    private static final int STEPS = 8;
    private static final Kernels PROMPT = KernelProviders.create("cpu", DataType.FLOAT);

    @TempDir
    private Path directory;

    /** Thrown by listeners and kernels of these tests. */
    private static final class Thrown extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    private static Kernels kernels(boolean late, Kernels kernels) {
        return late ? new LateKernels().around(kernels) : kernels;
    }

    private static Bert model(Kernels kernels, long seed) {
        return model(kernels, seed, name -> true);
    }

    private static Bert model(Kernels kernels, long seed, Predicate<String> trained) {
        BertConfig shape = BertConfig.builder(VOCABULARY)
                .numHiddenLayers(1)
                .hiddenSize(16)
                .numAttentionHeads(2)
                .build();
        Bert model = new Bert(shape, List.of(LanguageModelHead.MASKED), trained, kernels);
        model.initialize(seed);
        return model;
    }

    private static PretrainingTask task(Bert model) {
        PretrainingConfig rows =
                PretrainingConfig.builder().batchSize(2).seqLen(16).seed(7).build();
        TokenDocuments documents = SyntheticData.documents(VOCABULARY, 40, 12, 1);
        PretrainingData data = PretrainingData.of(documents, SyntheticData.vocabulary(VOCABULARY))
                .withValidation(documents)
                .withWorkers(1);
        return new PretrainingTask(model, rows, data);
    }

    private static TrainingConfig config() {
        return TrainingConfig.builder()
                .steps(STEPS)
                .accumulate(2)
                .evaluations(0)
                .build();
    }

    private static Trainer trainer(Bert model, @Nullable CheckpointStore store) {
        return new Trainer(task(model), config(), store);
    }

    private static float[] values(Bert model) {
        return model.parameters().values().flat().toFloatVector();
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

    /** An event that throws once. */
    private static Runnable thrownOnce() {
        AtomicBoolean thrown = new AtomicBoolean();
        return () -> {
            if (!thrown.getAndSet(true)) {
                throw new Thrown();
            }
        };
    }

    /** Parameters, and the result, of a run in one piece. */
    private record Whole(float[] values, TrainingResult result) {
        static Whole of(long seed) {
            try (Bert model = model(PROMPT, seed);
                    Trainer trainer = trainer(model, null)) {
                TrainingResult result = trainer.run();
                return new Whole(OddOrdersTest.values(model), result);
            }
        }

        void assertSame(Bert model, TrainingResult received) {
            assertArrayEquals(values, OddOrdersTest.values(model));
            assertEquals(result.steps(), received.steps());
            assertEquals(result.tokens(), received.tokens());
            assertEquals(result.trainLoss(), received.trainLoss());
            assertEquals(result.evaluation(), received.evaluation());
        }
    }

    /** The trainer has scored other parameters after as many steps. */
    @Test
    void restoredParametersAreScored() {
        Whole other = Whole.of(11);
        TrainingCheckpoint captured;
        try (Bert model = model(PROMPT, 11);
                Trainer trainer = trainer(model, null)) {
            trainer.run();
            captured = trainer.capture();
        }
        try (Bert model = model(PROMPT, 3);
                Trainer trainer = trainer(model, null)) {
            assertNotEquals(other.result().evaluation(), trainer.run().evaluation());
            trainer.restore(captured);
            other.assertSame(model, trainer.run());
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aListenerThatThrowsLosesNoStep(boolean late) {
        Whole whole = Whole.of(3);
        try (Bert model = model(kernels(late, PROMPT), 3);
                Trainer trainer = trainer(model, null)) {
            trainer.listen(onStep(3, thrownOnce()));
            assertThrows(Thrown.class, trainer::run);
            assertEquals(late ? 4 : 3, trainer.capture().step());
            whole.assertSame(model, trainer.run());
        }
    }

    /** A step that a device has begun when a listener throws may diverge. */
    @Test
    void aStepThatDivergesWhileAListenerThrowsIsNotCounted() {
        Whole whole = Whole.of(3);
        PoisonedKernels poisoned = new PoisonedKernels(Place.LOGIT_GRADIENT, 0, Float.POSITIVE_INFINITY);
        try (Bert model = model(kernels(true, poisoned.around(PROMPT)), 3);
                Trainer trainer = trainer(model, null)) {
            trainer.listen(onStep(2, poisoned::start)).listen(onStep(3, thrownOnce()));
            Thrown thrown = assertThrows(Thrown.class, trainer::run);
            assertEquals(1, thrown.getSuppressed().length);
            assertTrue(thrown.getSuppressed()[0] instanceof DivergenceException);
            assertEquals(3, trainer.capture().step());
            whole.assertSame(model, trainer.run());
        }
    }

    private static Kernels throwing(AtomicBoolean throwsNow, int call) {
        int[] calls = {0};
        return (Kernels) Proxy.newProxyInstance(
                Kernels.class.getClassLoader(), new Class<?>[] {Kernels.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("crossEntropy") && throwsNow.get() && calls[0]++ == call) {
                        throw new Thrown();
                    }
                    try {
                        return method.invoke(PROMPT, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    /** The first step, and a later one, at its first and its second micro-batch. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 6, 7})
    void aStepThatFailsIsTakenAgainOnTheSameData(int call) {
        Whole whole = Whole.of(3);
        for (boolean late : new boolean[] {false, true}) {
            AtomicBoolean throwsNow = new AtomicBoolean(true);
            try (Bert model = model(kernels(late, throwing(throwsNow, call)), 3);
                    Trainer trainer = trainer(model, null)) {
                assertThrows(Thrown.class, () -> trainer.runSteps(STEPS));
                throwsNow.set(false);
                assertEquals(call / 2, trainer.capture().step());
                whole.assertSame(model, trainer.run());
            }
        }
    }

    @Test
    void aListenerMayOnlyStopTheRun() {
        Whole whole = Whole.of(3);
        List<String> messages = new ArrayList<>();
        CheckpointStore store = new CheckpointStore(directory, 1);
        try (Bert model = model(PROMPT, 3);
                Trainer trainer = trainer(model, store)) {
            TrainingCheckpoint start = trainer.capture();
            List<Executable> calls = List.of(
                    trainer::run,
                    () -> trainer.runSteps(1),
                    trainer::resume,
                    () -> trainer.restore(start),
                    trainer::capture,
                    trainer::close);
            trainer.listen(onStep(
                    2,
                    () -> calls.forEach(call -> messages.add(
                            assertThrows(IllegalStateException.class, call).getMessage()))));
            // Added by a listener during a run.
            List<Long> heard = new ArrayList<>();
            trainer.listen(onStep(4, () -> trainer.listen(onStep(5, () -> heard.add(5L)))));
            whole.assertSame(model, trainer.run());
            assertEquals(List.of(5L), heard);
            assertEquals(calls.size(), messages.size());
        }
        messages.forEach(message -> assertTrue(message.contains("a call from a listener during a run"), message));
    }

    @Test
    void aSecondTrainerOfATaskIsRefusedAndTheFirstTrainsOn() {
        Whole whole = Whole.of(3);
        try (Bert model = model(PROMPT, 3)) {
            PretrainingTask task = task(model);
            try (Trainer trainer = new Trainer(task, config(), null)) {
                trainer.runSteps(2);
                String message = assertThrows(IllegalStateException.class, () -> new Trainer(task, config(), null))
                        .getMessage();
                assertTrue(message.contains("a task of another trainer"), message);
                whole.assertSame(model, trainer.run());
            }
        }
    }

    @Test
    void aTaskOfAClosedTrainerCanBeTrainedAgain() {
        try (Bert model = model(PROMPT, 3)) {
            PretrainingTask task = task(model);
            for (int i = 0; i < 2; i++) {
                try (Trainer trainer = new Trainer(task, config(), null)) {
                    assertEquals(2, trainer.runSteps(2));
                }
            }
        }
    }

    @Test
    void aClosedTrainerIsRefused() {
        try (Bert model = model(PROMPT, 3)) {
            Trainer trainer = trainer(model, new CheckpointStore(directory, 1));
            TrainingCheckpoint start = trainer.capture();
            trainer.close();
            trainer.close();
            List<Executable> calls = List.of(
                    trainer::run,
                    () -> trainer.runSteps(1),
                    trainer::resume,
                    () -> trainer.restore(start),
                    trainer::capture);
            for (Executable call : calls) {
                String message = assertThrows(IllegalStateException.class, call).getMessage();
                assertTrue(message.contains("Expected an open trainer"), message);
            }
        }
    }

    /** Otherwise each would delete the other's checkpoints. */
    @Test
    void aSecondRunWithTheSameStoreIsRefused() {
        Whole whole = Whole.of(3);
        CheckpointStore store = new CheckpointStore(directory, 1);
        try (Bert model = model(PROMPT, 3);
                Trainer trainer = trainer(model, store);
                Bert second = model(PROMPT, 4);
                Trainer meanwhile = trainer(second, store)) {
            trainer.listen(onStep(2, () -> {
                String message =
                        assertThrows(Cloze4jException.class, meanwhile::run).getMessage();
                assertTrue(message.contains("a second run with the same CheckpointStore"), message);
            }));
            whole.assertSame(model, trainer.run());
            assertEquals(STEPS, store.latest().orElseThrow().step());
            assertFalse(meanwhile.run().stopped());
        }
    }

    @Test
    void aModelWithoutTrainedParametersIsRefusedAndLeavesNoMemory() {
        try (Bert model = model(PROMPT, 3, name -> false)) {
            int before = Arena.open().size();
            String message = assertThrows(IllegalStateException.class, () -> trainer(model, null))
                    .getMessage();
            assertTrue(message.contains("all frozen"), message);
            assertEquals(before, Arena.open().size());
        }
    }

    /** A task that forwards to another one. */
    private static class Forwarding implements TrainingTask {
        private final TrainingTask task;
        private int closed;

        Forwarding(TrainingTask task) {
            this.task = task;
        }

        @Override
        public List<String> losses() {
            return task.losses();
        }

        @Override
        public ParameterStore parameters() {
            return task.parameters();
        }

        @Override
        public MemoryPlan prepare(TrainingConfig config) {
            return task.prepare(config);
        }

        @Override
        public MicroBatches training(BatchCursor from) {
            return task.training(from);
        }

        @Override
        public Iterable<MicroBatch> validation() {
            return task.validation();
        }

        @Override
        public Iterable<MicroBatch> validationSample(long microBatchesTrained) {
            return task.validationSample(microBatchesTrained);
        }

        @Override
        public Map<String, String> settings() {
            return task.settings();
        }

        @Override
        public Map<String, String> identity() {
            return task.identity();
        }

        @Override
        public void close() {
            closed++;
            task.close();
        }
    }

    @Test
    void aTaskThatTheConstructorFailsWithIsClosedOnceItIsPrepared() {
        Thrown thrown = new Thrown();
        try (Bert model = model(PROMPT, 3)) {
            int before = Arena.open().size();
            Forwarding unprepared = new Forwarding(task(model)) {
                @Override
                public MemoryPlan prepare(TrainingConfig config) {
                    throw thrown;
                }
            };
            assertSame(thrown, assertThrows(Thrown.class, () -> new Trainer(unprepared, config(), null)));
            assertEquals(0, unprepared.closed);
            Forwarding prepared = new Forwarding(task(model)) {
                @Override
                public MicroBatches training(BatchCursor from) {
                    throw thrown;
                }
            };
            assertSame(thrown, assertThrows(Thrown.class, () -> new Trainer(prepared, config(), null)));
            assertEquals(1, prepared.closed);
            assertEquals(before, Arena.open().size());
        }
    }

    /** A micro-batch that has a number of targets too many. */
    private record Miscounted(MicroBatch batch) implements MicroBatch {
        @Override
        public long tokens() {
            return batch.tokens();
        }

        @Override
        public int[] counts() {
            return new int[] {batch.counts()[0], 0};
        }

        @Override
        public Pending<List<LossSum>> train(long number, double[] scales) {
            return batch.train(number, scales);
        }

        @Override
        public Pending<List<LossSum>> score() {
            return batch.score();
        }
    }

    @Test
    void microBatchesThatDoNotSuitTheLossesAreRefused() {
        try (Bert model = model(PROMPT, 3)) {
            Forwarding task = new Forwarding(task(model)) {
                @Override
                public Iterable<MicroBatch> validation() {
                    return List.of(new Miscounted(super.validation().iterator().next()));
                }
            };
            try (Trainer trainer = new Trainer(task, config(), null)) {
                String message = Objects.requireNonNull(assertThrows(IllegalArgumentException.class, trainer::run)
                        .getMessage());
                assertTrue(
                        message.contains(
                                "a number of targets of a micro-batch for each of the task's losses [mlm]. Received: 2"),
                        message);
            }
        }
    }
}
