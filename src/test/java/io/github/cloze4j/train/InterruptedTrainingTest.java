package io.github.cloze4j.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.Cloze4jException;
import io.github.cloze4j.checkpoint.CheckpointStore;
import io.github.cloze4j.data.Objective;
import io.github.cloze4j.kernel.KernelProviders;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.model.BertConfig;
import io.github.cloze4j.model.Initialization;
import io.github.cloze4j.model.TrainingPass;
import io.github.cloze4j.model.head.LanguageModelHead;
import io.github.cloze4j.pretrain.HeldOutBatches;
import io.github.cloze4j.pretrain.PretrainingConfig;
import io.github.cloze4j.pretrain.PretrainingData;
import io.github.cloze4j.pretrain.PretrainingTask;
import io.github.cloze4j.testing.LossCurve;
import io.github.cloze4j.testing.SyntheticData;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.buffer.DataType;

/** An interrupt of the training thread is a stop that is saved, wherever it comes. */
class InterruptedTrainingTest {
    private static final int VOCABULARY = 50;
    private static final int STEPS = 8;

    private final Kernels kernels = KernelProviders.create("cpu", DataType.FLOAT);

    @TempDir
    private Path directory;

    @AfterEach
    void close() {
        assertFalse(Thread.interrupted(), "a test leaves no interrupt");
        kernels.close();
    }

    private static TrainingConfig.Builder config() {
        return TrainingConfig.builder().steps(STEPS).warmup(0);
    }

    private static Trainer trainer(
            Bert model, TrainingConfig config, PretrainingData data, @Nullable CheckpointStore store) {
        return new Trainer(
                new PretrainingTask(
                        model,
                        PretrainingConfig.builder()
                                .batchSize(2)
                                .seqLen(16)
                                .seed(3)
                                .build(),
                        data),
                config,
                store);
    }

    private static PretrainingData data(int workers) {
        return new PretrainingData(
                SyntheticData.documents(VOCABULARY, 40, 12, 1),
                SyntheticData.documents(VOCABULARY, 20, 12, 2),
                SyntheticData.vocabulary(VOCABULARY),
                workers);
    }

    /** How a part of a run ended, and the parameters that it left. */
    private record Part(TrainingResult result, boolean interrupted, float[] parameters) {}

    /** Goes on from the last checkpoint, if there is one. */
    private Part part(
            TrainingConfig config, Path checkpoints, int workers, LossCurve losses, Consumer<Trainer> before) {
        try (Bert model = new Bert(
                BertConfig.builder(VOCABULARY)
                        .numHiddenLayers(1)
                        .hiddenSize(16)
                        .numAttentionHeads(2)
                        .build(),
                List.of(LanguageModelHead.MASKED),
                kernels)) {
            model.initialize(1, Initialization.NORMAL);
            try (Trainer trainer = trainer(model, config, data(workers), new CheckpointStore(checkpoints, 2))) {
                trainer.resume();
                before.accept(trainer.listen(losses));
                TrainingResult result = trainer.run();
                boolean interrupted = Thread.interrupted();
                long length = model.parameters().values().flat().length();
                ByteBuffer bytes =
                        ByteBuffer.allocate((int) length * Float.BYTES).order(ByteOrder.nativeOrder());
                kernels.download(model.parameters().values().flat(), bytes);
                float[] parameters = new float[(int) length];
                bytes.asFloatBuffer().get(parameters);
                return new Part(result, interrupted, parameters);
            }
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

    @Test
    void theStepIsFinishedTheRunSavedAndTheThreadStillInterrupted() {
        LossCurve whole = new LossCurve();
        Part expected = part(config().build(), directory.resolve("whole"), 0, whole, trainer -> {});
        assertFalse(expected.result().stopped());
        assertFalse(expected.interrupted());
        for (int workers : new int[] {0, 2}) {
            Path checkpoints = directory.resolve("interrupted" + workers);
            LossCurve losses = new LossCurve();

            Part first = part(
                    config().build(),
                    checkpoints,
                    workers,
                    losses,
                    trainer -> trainer.listen(onStep(3, Thread.currentThread()::interrupt)));

            assertTrue(first.result().stopped());
            assertEquals(3, first.result().steps());
            assertNull(first.result().evaluation());
            assertTrue(first.interrupted());
            Part second = part(config().build(), checkpoints, workers, losses, trainer -> {});
            assertFalse(second.result().stopped());
            losses.assertSameAs(whole);
            assertArrayEquals(expected.parameters(), second.parameters());
        }
    }

    @Test
    void anInterruptBeforeTheRunSavesWhatThereIs() {
        Path checkpoints = directory.resolve("checkpoints");
        Part part = part(config().build(), checkpoints, 2, new LossCurve(), trainer -> Thread.currentThread()
                .interrupt());
        assertTrue(part.result().stopped());
        assertEquals(0, part.result().steps());
        assertTrue(part.interrupted());
        assertTrue(new CheckpointStore(checkpoints, 1).latest().isPresent());
    }

    /** Java closes a file channel under a thread that is interrupted: another thread interrupts all the time. */
    @Test
    void interruptsDuringTheSaveDoNotBreakIt() throws InterruptedException {
        Path checkpoints = directory.resolve("checkpoints");
        Thread training = Thread.currentThread();
        AtomicBoolean saved = new AtomicBoolean();
        Thread pest = new Thread(() -> {
            while (!saved.get()) {
                training.interrupt();
                // Without a pause it may hold for ever the lock that the other thread needs to go on.
                LockSupport.parkNanos(20_000);
            }
        });
        Part part;
        try {
            part = part(
                    config().saveEvery(2).build(),
                    checkpoints,
                    1,
                    new LossCurve(),
                    trainer -> trainer.listen(onStep(2, pest::start)));
        } finally {
            saved.set(true);
            while (pest.isAlive()) {
                Thread.onSpinWait();
            }
            // The last interrupt may have come after the run.
            Thread.interrupted();
        }
        assertTrue(part.interrupted());
        assertTrue(part.result().stopped());
        assertEquals(
                2, new CheckpointStore(checkpoints, 1).latest().orElseThrow().step());
    }

    /** As a pool ends its threads. */
    @Test
    void shutdownNowEndsARunInOrder() throws InterruptedException {
        Path checkpoints = directory.resolve("checkpoints");
        ExecutorService pool = Executors.newSingleThreadExecutor();
        AtomicReference<Part> ended = new AtomicReference<>();
        pool.execute(() -> ended.set(part(
                config().steps(1_000_000).build(),
                checkpoints,
                2,
                new LossCurve(),
                trainer -> trainer.listen(onStep(5, pool::shutdownNow)))));
        assertTrue(pool.awaitTermination(60, TimeUnit.SECONDS));
        assertTrue(ended.get().result().stopped());
        assertEquals(
                ended.get().result().steps(),
                new CheckpointStore(checkpoints, 1).latest().orElseThrow().step());
    }

    @Test
    void anEvaluationIsGivenUpAndMadeUpForAfterwards() {
        Path checkpoints = directory.resolve("checkpoints");
        Part first = part(
                config().evaluateEvery(2).build(),
                checkpoints,
                0,
                new LossCurve(),
                trainer -> trainer.listen(new TrainingListener() {
                    @Override
                    public void onEvaluationStart(long step) {
                        Thread.currentThread().interrupt();
                    }
                }));
        assertTrue(first.result().stopped());
        assertEquals(2, first.result().steps());
        List<Long> evaluated = new ArrayList<>();
        part(
                config().evaluateEvery(2).build(),
                checkpoints,
                0,
                new LossCurve(),
                trainer -> trainer.listen(new TrainingListener() {
                    @Override
                    public void onEvaluation(long step, Evaluation evaluation) {
                        evaluated.add(step);
                    }
                }));
        assertEquals(List.of(2L, 4L, 6L, 8L), evaluated);
    }

    @Test
    void anEvaluationByItselfIsRefusedToAnInterruptedThread() {
        HeldOutBatches heldOut = new HeldOutBatches(
                SyntheticData.documents(VOCABULARY, 20, 12, 2),
                SyntheticData.vocabulary(VOCABULARY),
                2,
                16,
                HeldOutBatches.DEFAULT_SEED,
                Objective.MLM);
        try (Bert model = new Bert(
                        BertConfig.builder(VOCABULARY)
                                .numHiddenLayers(1)
                                .hiddenSize(16)
                                .numAttentionHeads(2)
                                .build(),
                        List.of(LanguageModelHead.MASKED),
                        kernels);
                TrainingPass pass = model.trainingPass(2, 16, heldOut.maxTargets())) {
            model.initialize(1, Initialization.NORMAL);
            Evaluator evaluator = new Evaluator(model.losses(), heldOut.all(pass));
            Thread.currentThread().interrupt();
            String message = assertThrows(Cloze4jException.class, () -> evaluator.evaluate())
                    .getMessage();
            assertTrue(Thread.interrupted());
            assertTrue(message.contains("an interrupt"), message);
            assertTrue(evaluator
                            .evaluate()
                            .score(LanguageModelHead.MASKED_LOSS)
                            .orElseThrow()
                            .count()
                    > 0);
        }
    }
}
