package io.github.cloze4j.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
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
import io.github.cloze4j.monitor.ConsoleProgress;
import io.github.cloze4j.monitor.JsonLinesLog;
import io.github.cloze4j.monitor.RunHistory;
import io.github.cloze4j.monitor.TensorBoardLog;
import io.github.cloze4j.pretrain.PretrainingConfig;
import io.github.cloze4j.pretrain.PretrainingData;
import io.github.cloze4j.pretrain.PretrainingTask;
import io.github.cloze4j.tensors.NamedTensor;
import io.github.cloze4j.testing.LossCurve;
import io.github.cloze4j.testing.OffHeap;
import io.github.cloze4j.testing.SyntheticData;
import io.github.cloze4j.train.PoisonedKernels.Place;
import java.io.OutputStream;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.buffer.DataType;

/** What must hold when runs are stopped, poisoned, refused or very long. */
class TrainingReliabilityTest {
    private static final int VOCABULARY = 50;
    private static final int MEGABYTE = 1 << 20;
    private static final Kernels KERNELS = KernelProviders.create(KernelProviders.AUTO, DataType.FLOAT);

    private final long seed = System.nanoTime();
    private final Random random = new Random(seed);

    @TempDir
    private Path directory;

    private static PretrainingData data(int documents, int workers) {
        return new PretrainingData(
                SyntheticData.documents(VOCABULARY, documents, 12, 1),
                null,
                SyntheticData.vocabulary(VOCABULARY),
                workers);
    }

    private static TrainingConfig.Builder config() {
        return TrainingConfig.builder().accumulate(2);
    }

    private static PretrainingConfig.Builder rows() {
        return PretrainingConfig.builder().batchSize(2).seqLen(16).seed(7);
    }

    private static Trainer trainer(
            Bert model, TrainingConfig config, PretrainingData data, @Nullable CheckpointStore store) {
        return new Trainer(new PretrainingTask(model, rows().build(), data), config, store);
    }

    private static Bert model(int vocabulary, Kernels kernels) {
        Bert model = new Bert(
                BertConfig.builder(vocabulary)
                        .numHiddenLayers(1)
                        .hiddenSize(16)
                        .numAttentionHeads(2)
                        .build(),
                List.of(LanguageModelHead.MASKED),
                kernels);
        model.initialize(3, Initialization.NORMAL);
        return model;
    }

    private static TrainingListener stopAfter(Trainer trainer, long step) {
        return new TrainingListener() {
            @Override
            public void onStep(StepReport report) {
                if (report.step() == step) {
                    trainer.requestStop();
                }
            }
        };
    }

    @Test
    void aRunThatIsStoppedAtManyRandomStepsIsTheUninterruptedOneToTheLastBit() {
        System.err.println("TrainingReliabilityTest seed " + seed);
        int steps = 60;
        TrainingConfig config = config().steps(steps).build();
        LossCurve whole = new LossCurve();
        CheckpointStore wholeStore = new CheckpointStore(directory.resolve("whole"), 1);
        TrainingResult expected;
        try (Bert model = model(VOCABULARY, KERNELS);
                Trainer trainer = trainer(model, config, data(40, 0), wholeStore)) {
            expected = trainer.listen(whole).run();
        }

        TreeSet<Long> ends = new TreeSet<>();
        while (ends.size() < 8) {
            ends.add(1L + random.nextInt(steps - 1));
        }
        ends.add((long) steps);
        LossCurve parts = new LossCurve();
        CheckpointStore partsStore = new CheckpointStore(directory.resolve("parts"), 1);
        Optional<Long> before = Optional.empty();
        TrainingResult received = expected;
        for (long end : ends) {
            try (Bert model = model(VOCABULARY, KERNELS);
                    Trainer trainer = trainer(model, config, data(40, random.nextInt(3)), partsStore)) {
                assertEquals(before, trainer.resume(), ends.toString());
                received = trainer.listen(parts).listen(stopAfter(trainer, end)).run();
                before = Optional.of(end);
            }
        }

        parts.assertSameAs(whole);
        assertEquals(expected.trainLoss(), received.trainLoss());
        assertEquals(expected.tokens(), received.tokens());
        assertSame(wholeStore.latest().orElseThrow(), partsStore.latest().orElseThrow());
    }

    private static void assertSame(TrainingCheckpoint expected, TrainingCheckpoint received) {
        assertEquals(withoutTime(expected), withoutTime(received));
        assertEquals(expected.tensors().size(), received.tensors().size());
        for (int i = 0; i < expected.tensors().size(); i++) {
            NamedTensor tensor = expected.tensors().get(i);
            assertEquals(tensor.name(), received.tensors().get(i).name());
            assertEquals(tensor.data(), received.tensors().get(i).data(), tensor.name());
        }
    }

    private static Map<String, String> withoutTime(TrainingCheckpoint checkpoint) {
        Map<String, String> state = new HashMap<>(checkpoint.state());
        assertTrue(state.remove("seconds") != null, state.toString());
        return state;
    }

    @Test
    void aNumberThatIsNotFiniteAnywhereInAStepEndsTheRunInThatStepAndIsNotSaved() {
        System.err.println("TrainingReliabilityTest seed " + seed);
        double[] poisons = {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY};
        int callsOfAStep = callsOfAStep(Place.WEIGHT_GRADIENT);
        assertTrue(callsOfAStep > 2, Integer.toString(callsOfAStep));
        for (int i = 0; i < 40; i++) {
            Place place = Place.values()[i % Place.values().length];
            int call = random.nextInt(callsOfAStep(place));
            double poison = poisons[random.nextInt(poisons.length)];
            String what = place + " " + call + " " + poison;
            PoisonedKernels kernels = new PoisonedKernels(place, call, poison);
            CheckpointStore store = new CheckpointStore(directory.resolve(Integer.toString(i)), 5);
            try (Bert model = model(VOCABULARY, kernels.around(KERNELS));
                    Trainer trainer =
                            trainer(model, config().steps(3).saveEvery(1).build(), data(20, 0), store)) {
                trainer.listen(new TrainingListener() {
                    @Override
                    public void onCheckpoint(long step, Path checkpoint) {
                        kernels.start();
                    }
                });
                DivergenceException thrown = assertThrows(DivergenceException.class, trainer::run, what);

                assertEquals(2, thrown.step(), what);
                assertTrue(thrown.getMessage().contains("position="), thrown.getMessage());
                assertEquals(1, store.latest().orElseThrow().step(), what);
            }
        }
    }

    private static int callsOfAStep(Place place) {
        PoisonedKernels kernels = new PoisonedKernels(place, -1, 0);
        try (Bert model = model(VOCABULARY, kernels.around(KERNELS));
                Trainer trainer = trainer(model, config().steps(1).build(), data(20, 0), null)) {
            kernels.start();
            trainer.run();
        }
        return kernels.calls();
    }

    @Test
    void parametersThatTheLastStepPoisonedAreNotSaved() {
        CheckpointStore store = new CheckpointStore(directory, 5);
        try (Bert model = model(VOCABULARY, KERNELS);
                Trainer trainer = trainer(model, config().steps(4).saveEvery(1).build(), data(20, 0), store)) {
            trainer.listen(new TrainingListener() {
                @Override
                public void onStep(StepReport report) {
                    if (report.step() == 4) {
                        model.parameters().values().flat().putScalar(0, Float.POSITIVE_INFINITY);
                    }
                }
            });
            assertEquals(
                    4, assertThrows(DivergenceException.class, trainer::run).step());
            assertEquals(3, store.latest().orElseThrow().step());
        }
    }

    @Test
    void aTrainerThatCannotBeMadeLeavesNoThreadBehind() {
        try (Bert model = model(VOCABULARY, KERNELS)) {
            PretrainingConfig tooLong = rows().seqLen(1024).build();
            assertThrows(IllegalArgumentException.class, () -> new PretrainingTask(model, tooLong, data(20, 3)));
        }
        assertEquals(List.of(), batchThreads());
    }

    private static List<String> batchThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> name.startsWith("cloze4j-batches"))
                .toList();
    }

    @Test
    void dataOfALargerOrAnotherVocabularyIsRefused() {
        try (Bert model = model(VOCABULARY - 1, KERNELS)) {
            assertThrows(IllegalArgumentException.class, () -> trainer(model, config().build(), data(20, 0), null));
        }
        TokenDocuments documents = SyntheticData.documents(VOCABULARY, 20, 12, 1);
        TokenDocuments others = SyntheticData.documents(VOCABULARY + 1, 20, 12, 1);
        assertThrows(
                IllegalArgumentException.class,
                () -> new PretrainingData(documents, others, SyntheticData.vocabulary(VOCABULARY), 0));
        assertThrows(
                IllegalArgumentException.class,
                () -> new PretrainingData(others, null, SyntheticData.vocabulary(VOCABULARY), 0));
    }

    @Test
    void aResumeThatFindsNoSuchPlaceInTheDataChangesNothingAndTheTrainerGoesOn() {
        CheckpointStore store = new CheckpointStore(directory, 1);
        try (Bert model = model(VOCABULARY, KERNELS);
                Trainer trainer = trainer(model, config().steps(3).build(), data(40, 0), store)) {
            trainer.run();
        }
        PretrainingData fewer = data(3, 1);
        try (Bert model = model(VOCABULARY, KERNELS);
                Trainer trainer = trainer(model, config().steps(2).build(), fewer, store)) {
            float[] before = model.parameters().values().flat().toFloatVector();
            assertThrows(IllegalArgumentException.class, trainer::resume);
            assertArrayEquals(before, model.parameters().values().flat().toFloatVector());
            assertEquals(2, trainer.run().steps());
        }
    }

    @Test
    void aThousandStepsTakeNoMoreMemoryAndNoMoreThreads() {
        soak(100, 9, config -> config, trainer -> trainer);
    }

    /** With an evaluation and a save every 500 steps, and all listeners. */
    @Test
    @Tag("heavy")
    void aHundredThousandStepsTakeNoMoreMemoryAndNoMoreThreads() {
        try (JsonLinesLog log = new JsonLinesLog(directory.resolve("log.jsonl"));
                TensorBoardLog tensorBoard = new TensorBoardLog(directory.resolve("tensorboard"));
                PrintStream nowhere = new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8)) {
            soak(10_000, 9, config -> config.evaluateEvery(500).saveEvery(500), trainer -> trainer.listen(log)
                    .listen(tensorBoard)
                    .listen(new RunHistory())
                    .listen(new ConsoleProgress(nowhere, true, () -> 80)));
        }
    }

    /** A first round and {@code rounds} more, of {@code steps} steps each. */
    private void soak(
            int steps, int rounds, UnaryOperator<TrainingConfig.Builder> settings, UnaryOperator<Trainer> listeners) {
        PretrainingConfig rows =
                PretrainingConfig.builder().batchSize(1).seqLen(8).build();
        TrainingConfig config =
                settings.apply(TrainingConfig.builder().steps(steps)).build();
        boolean saves = config.saveEvery() > 0;
        PretrainingData data = new PretrainingData(
                SyntheticData.documents(VOCABULARY, 40, 12, 1),
                saves ? SyntheticData.documents(VOCABULARY, 10, 12, 2) : null,
                SyntheticData.vocabulary(VOCABULARY),
                1);
        try (Bert model = new Bert(
                BertConfig.builder(VOCABULARY)
                        .numHiddenLayers(1)
                        .hiddenSize(8)
                        .numAttentionHeads(1)
                        .build(),
                List.of(LanguageModelHead.MASKED),
                KERNELS)) {
            model.initialize(0, Initialization.NORMAL);
            List<Integer> threads = new ArrayList<>();
            OffHeap.assertFlat(MEGABYTE, rounds, () -> {
                CheckpointStore store = saves ? new CheckpointStore(directory.resolve("checkpoints"), 1) : null;
                try (Trainer trainer = new Trainer(new PretrainingTask(model, rows, data), config, store)) {
                    listeners.apply(trainer).run();
                    threads.add(ManagementFactory.getThreadMXBean().getThreadCount());
                }
            });
            // The first round may start what the JVM and the kernels keep. What others start and end meanwhile is no
            // leak.
            int least = Collections.min(threads.subList(threads.size() / 2, threads.size()));
            assertTrue(least <= threads.get(1) + 1, threads.toString());
        }
    }
}
