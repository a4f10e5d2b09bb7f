package io.github.cloze4j.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.cloze4j.data.Batch;
import io.github.cloze4j.data.BatchConfig;
import io.github.cloze4j.data.BatchCursor;
import io.github.cloze4j.data.BatchStream;
import io.github.cloze4j.data.masking.SpecialTokens;
import io.github.cloze4j.inference.SentenceEmbedder;
import io.github.cloze4j.kernel.KernelProviders;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.kernel.Precision;
import io.github.cloze4j.kernel.cuda.EmulatedCudaProvider;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.model.BertConfig;
import io.github.cloze4j.model.Initialization;
import io.github.cloze4j.model.TrainingPass;
import io.github.cloze4j.model.head.LanguageModelHead;
import io.github.cloze4j.pretrain.PretrainingConfig;
import io.github.cloze4j.pretrain.PretrainingData;
import io.github.cloze4j.pretrain.PretrainingTask;
import io.github.cloze4j.testing.SeededRun;
import io.github.cloze4j.testing.SyntheticData;
import io.github.cloze4j.tokenizer.BertTokenizer;
import io.github.cloze4j.tokenizer.TokenizerConfig;
import io.github.cloze4j.tokenizer.Vocabulary;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;

/** Runs at the same time in one JVM compute what they compute alone, or are refused. */
class ParallelTrainingTest {
    private static final int VOCABULARY = 60;
    private static final int RUNS = 3;

    /** The emulated device takes a hundred times as long. */
    private static SeededRun runOn(String provider, Kernels kernels, long seed) {
        if (!provider.equals(EmulatedCudaProvider.NAME)) {
            return SeededRun.of(shape(), rows(seed), config(provider.equals("cpu") ? 30 : 4), data(), kernels);
        }
        PretrainingConfig small =
                PretrainingConfig.builder().batchSize(1).seqLen(8).seed(seed).build();
        BertConfig shape = BertConfig.builder(VOCABULARY)
                .numHiddenLayers(1)
                .hiddenSize(16)
                .numAttentionHeads(2)
                .intermediateSize(16)
                .build();
        return SeededRun.of(shape, small, config(3), data(), kernels);
    }

    private static PretrainingConfig rows(long seed) {
        return PretrainingConfig.builder().batchSize(4).seqLen(24).seed(seed).build();
    }

    private static TrainingConfig config(int steps) {
        return TrainingConfig.builder().steps(steps).warmup(0).build();
    }

    private static Trainer trainer(Bert model, int steps) {
        return new Trainer(new PretrainingTask(model, rows(1), data()), config(steps), null);
    }

    private static BertConfig shape() {
        return BertConfig.builder(VOCABULARY)
                .numHiddenLayers(2)
                .hiddenSize(32)
                .numAttentionHeads(2)
                .intermediateSize(64)
                .build();
    }

    private static PretrainingData data() {
        return new PretrainingData(
                SyntheticData.documents(VOCABULARY, 60, 20, 1), null, SyntheticData.vocabulary(VOCABULARY), 1);
    }

    /** All results, in the order of the works, which begin together. */
    private static <T> List<T> atOnce(List<Supplier<T>> works) throws InterruptedException, ExecutionException {
        ExecutorService pool = Executors.newFixedThreadPool(works.size());
        try {
            CountDownLatch ready = new CountDownLatch(works.size());
            List<Future<T>> futures = new ArrayList<>();
            for (Supplier<T> work : works) {
                futures.add(pool.submit(() -> {
                    ready.countDown();
                    ready.await();
                    return work.get();
                }));
            }
            List<T> results = new ArrayList<>();
            for (Future<T> future : futures) {
                results.add(future.get());
            }
            return results;
        } finally {
            pool.shutdownNow();
        }
    }

    private static void assertSame(SeededRun expected, SeededRun received) {
        received.losses().assertSameAs(expected.losses());
        assertArrayEquals(expected.parameters(), received.parameters());
    }

    /** Row 18 of the test catalogue: kernels of their own each, of two sizes. */
    @ParameterizedTest
    @ValueSource(strings = {"cpu", "nd4j", EmulatedCudaProvider.NAME})
    void runsAtTheSameTimeGiveTheBytesOfRunsOneAfterTheOther(String provider)
            throws InterruptedException, ExecutionException {
        assumeTrue(!provider.equals(EmulatedCudaProvider.NAME) || EmulatedCudaProvider.isAvailable());
        List<Supplier<SeededRun>> works = new ArrayList<>();
        for (int i = 0; i < RUNS; i++) {
            int run = i;
            works.add(() -> {
                try (Kernels own = KernelProviders.create(provider, DataType.FLOAT, Precision.FULL, run == 0 ? 1 : 2)) {
                    return runOn(provider, own, run);
                }
            });
        }
        List<SeededRun> alone = works.stream().map(Supplier::get).toList();
        List<SeededRun> together = atOnce(works);
        for (int i = 0; i < RUNS; i++) {
            assertSame(alone.get(i), together.get(i));
        }
    }

    @Test
    @Tag("heavy")
    @EnabledIf(value = EmulatedCudaProvider.IS_AVAILABLE, disabledReason = EmulatedCudaProvider.NEEDS)
    void runsThatShareEmulatedKernelsTakeTurns() throws InterruptedException, ExecutionException {
        runsThatShareKernelsTakeTurns(EmulatedCudaProvider.NAME);
    }

    /** As parallel JUnit tests do it that have kernels in a static field. */
    @ParameterizedTest
    @ValueSource(strings = {"cpu", "nd4j"})
    void runsThatShareKernelsTakeTurns(String provider) throws InterruptedException, ExecutionException {
        try (Kernels shared = KernelProviders.create(provider, DataType.FLOAT, Precision.FULL, 2)) {
            List<Supplier<SeededRun>> works = new ArrayList<>();
            for (int i = 0; i < RUNS; i++) {
                int run = i;
                works.add(() -> runOn(provider, shared, run));
            }
            List<SeededRun> alone = works.stream().map(Supplier::get).toList();
            List<SeededRun> together = atOnce(works);
            for (int i = 0; i < RUNS; i++) {
                assertSame(alone.get(i), together.get(i));
            }
        }
    }

    @Test
    void aSeededRunHasKernelsOfItsOwnByDefault() throws InterruptedException, ExecutionException {
        SeededRun alone = SeededRun.of(shape(), rows(1), config(10), data());
        List<Supplier<SeededRun>> works = new ArrayList<>();
        for (int i = 0; i < RUNS; i++) {
            works.add(() -> SeededRun.of(shape(), rows(1), config(10), data()));
        }
        for (SeededRun run : atOnce(works)) {
            assertSame(alone, run);
        }
    }

    private static BatchStream batches() {
        Vocabulary vocabulary = SyntheticData.vocabulary(VOCABULARY);
        PretrainingConfig rows = rows(1);
        BatchConfig config = new BatchConfig(
                rows.batchSize(),
                rows.seqLen(),
                VOCABULARY,
                SpecialTokens.of(vocabulary),
                rows.masking().strategy(rows.maskProbability(), vocabulary),
                rows.tokenReplacement(),
                rows.seed(),
                1,
                rows.objectives().last());
        return new BatchStream(data().training(), config, BatchCursor.START);
    }

    /** Calls from a listener's other thread come while the run goes on. */
    @Test
    void aSecondThreadThatTrainsClosesOrResumesIsRefused() {
        try (Kernels kernels = KernelProviders.create("cpu", DataType.FLOAT);
                Bert model = new Bert(shape(), List.of(LanguageModelHead.MASKED), kernels)) {
            model.initialize(1, Initialization.NORMAL);
            List<String> messages = new ArrayList<>();
            Batch batch;
            try (BatchStream batches = batches()) {
                batch = batches.next();
            }
            try (Trainer trainer = trainer(model, 2);
                    Trainer other = trainer(model, 2);
                    TrainingPass pass = model.trainingPass(4, 24, 40)) {
                trainer.listen(new TrainingListener() {
                    @Override
                    public void onStep(StepReport report) {
                        messages.add(refusal(trainer::run));
                        messages.add(refusal(trainer::resume));
                        messages.add(refusal(trainer::close));
                        messages.add(refusal(other::run));
                        messages.add(refusal(() -> model.initialize(3, Initialization.NORMAL)));
                        messages.add(refusal(() -> pass.forwardBackward(batch, 0, 0, 1)));
                    }
                });
                assertEquals(2, trainer.run().steps());
            }
            assertEquals(12, messages.size());
            messages.forEach(message -> assertTrue(
                    message.startsWith("Expected ") && message.contains("during a call from another"), message));
        }
    }

    @Test
    void aModelThatIsClosedUnderARunEndsTheRunInOurWords() {
        try (Kernels kernels = KernelProviders.create("cpu", DataType.FLOAT);
                Bert model = new Bert(shape(), List.of(LanguageModelHead.MASKED), kernels)) {
            model.initialize(1, Initialization.NORMAL);
            try (Trainer trainer = trainer(model, 1_000_000)) {
                trainer.listen(new TrainingListener() {
                    @Override
                    public void onStep(StepReport report) {
                        CompletableFuture.runAsync(model::close).join();
                    }
                });
                String message =
                        assertThrows(IllegalStateException.class, trainer::run).getMessage();
                assertTrue(message.contains("closed"), message);
            }
        }
    }

    private static String refusal(Runnable call) {
        return CompletableFuture.supplyAsync(() ->
                        assertThrows(IllegalStateException.class, call::run).getMessage())
                .join();
    }

    /** Each answer is one of the weights after some step, never of weights in the midst of one. */
    @Test
    void inferenceDuringTrainingSeesWholeSteps() throws InterruptedException, ExecutionException {
        Vocabulary vocabulary = SyntheticData.vocabulary(VOCABULARY);
        BertTokenizer tokenizer = new BertTokenizer(vocabulary, TokenizerConfig.uncased());
        List<float[]> afterSteps = new ArrayList<>();
        try (Kernels kernels = KernelProviders.create("cpu", DataType.FLOAT)) {
            try (Bert model = new Bert(shape(), List.of(LanguageModelHead.MASKED), kernels);
                    SentenceEmbedder embedder =
                            new SentenceEmbedder(model, tokenizer, SentenceEmbedder.Pooling.MEAN, true);
                    Trainer trainer = trainer(model, 40)) {
                model.initialize(1, Initialization.NORMAL);
                afterSteps.add(embedder.embed("7 8 9"));
                trainer.listen(new TrainingListener() {
                    @Override
                    public void onStep(StepReport report) {
                        afterSteps.add(embedder.embed("7 8 9"));
                    }
                });
                trainer.run();
            }
            try (Bert model = new Bert(shape(), List.of(LanguageModelHead.MASKED), kernels);
                    SentenceEmbedder embedder =
                            new SentenceEmbedder(model, tokenizer, SentenceEmbedder.Pooling.MEAN, true);
                    Trainer trainer = trainer(model, 40)) {
                model.initialize(1, Initialization.NORMAL);
                List<float[]> answers = new ArrayList<>();
                List<Supplier<Object>> works = List.of(trainer::run, () -> {
                    for (int i = 0; i < 200; i++) {
                        answers.add(embedder.embed("7 8 9"));
                    }
                    return answers;
                });
                atOnce(works);
                for (float[] answer : answers) {
                    assertTrue(afterSteps.stream().anyMatch(known -> Arrays.equals(known, answer)));
                }
            }
        }
    }
}
