package io.github.cloze4j.testing;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.data.Batch;
import io.github.cloze4j.data.BatchConfig;
import io.github.cloze4j.data.EvaluationBatches;
import io.github.cloze4j.data.Objective;
import io.github.cloze4j.data.TokenDocuments;
import io.github.cloze4j.data.masking.Masking;
import io.github.cloze4j.data.masking.SpecialTokens;
import io.github.cloze4j.data.masking.TokenReplacement;
import io.github.cloze4j.kernel.Arena;
import io.github.cloze4j.kernel.KernelProviders;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.model.BertConfig;
import io.github.cloze4j.model.Initialization;
import io.github.cloze4j.model.TrainingPass;
import io.github.cloze4j.model.head.LanguageModelHead;
import io.github.cloze4j.nn.ParameterStore;
import io.github.cloze4j.pretrain.PretrainingConfig;
import io.github.cloze4j.pretrain.PretrainingData;
import io.github.cloze4j.tokenizer.Vocabulary;
import io.github.cloze4j.train.Score;
import io.github.cloze4j.train.StepReport;
import io.github.cloze4j.train.TrainingConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.DoubleSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.nd4j.linalg.api.buffer.DataType;

class TestingTest {
    private static final int VOCABULARY = 50;
    private static final int MEGABYTE = 1 << 20;
    private static final Kernels KERNELS = KernelProviders.create(KernelProviders.AUTO, DataType.FLOAT);

    private static LossCurve curve(double... losses) {
        LossCurve curve = new LossCurve();
        for (double loss : losses) {
            curve.onStep(
                    new StepReport(1, 0, Map.of(LanguageModelHead.MASKED_LOSS, new Score(loss, 0, 1)), 0, 0, 0, 0, 0));
        }
        return curve;
    }

    private static SeededRun run(long seed) {
        PretrainingConfig rows =
                PretrainingConfig.builder().batchSize(2).seqLen(16).seed(seed).build();
        TrainingConfig config = TrainingConfig.builder().steps(3).warmup(0).build();
        TokenDocuments documents = SyntheticData.documents(VOCABULARY, 20, 12, 0);
        PretrainingData data = new PretrainingData(documents, null, SyntheticData.vocabulary(VOCABULARY), 0);
        return SeededRun.of(
                BertConfig.builder(VOCABULARY)
                        .numHiddenLayers(1)
                        .hiddenSize(16)
                        .numAttentionHeads(2)
                        .build(),
                rows,
                config,
                data,
                KERNELS);
    }

    private static List<Integer> words(TokenDocuments documents) {
        List<Integer> words = new ArrayList<>();
        for (long document = 0; document < documents.count(); document++) {
            int[] ids = new int[documents.length(document)];
            documents.copy(document, 0, ids, 0, ids.length);
            Arrays.stream(ids).forEach(words::add);
        }
        return words;
    }

    @Test
    void aLossThatFallsPassesAndOneThatStaysOrIsNoNumberDoesNot() {
        curve(4, 3, 2, 1).assertFallsTo(0.25);
        assertThrows(AssertionError.class, () -> curve(4, 3, 2, 1).assertFallsTo(0.2));
        assertThrows(AssertionError.class, () -> curve(4, Double.NaN).assertFallsTo(0.9));
        assertThrows(AssertionError.class, () -> curve().assertFallsTo(0.9));
    }

    @Test
    void theFirstStepThatDiffersIsNamed() {
        curve(4, 3).assertSameAs(curve(4, 3));
        String message = assertThrows(AssertionError.class, () -> curve(4, 3).assertSameAs(curve(4, Math.nextUp(3.0))))
                .getMessage();
        assertTrue(message.contains("step 2"), message);
        assertThrows(AssertionError.class, () -> curve(4).assertSameAs(curve(4, 3)));
    }

    @Test
    void everySeedIsARunOfItsOwnAndTheSameEveryTime() {
        Set<List<Double>> losses = new HashSet<>();
        Set<List<Float>> parameters = new HashSet<>();
        long[] seeds = {0, -1, 1, Long.MIN_VALUE, Long.MAX_VALUE};
        for (long seed : seeds) {
            SeededRun first = run(seed);
            SeededRun again = run(seed);
            again.losses().assertSameAs(first.losses());
            assertArrayEquals(first.parameters(), again.parameters());
            losses.add(first.losses().losses());
            List<Float> boxed = new ArrayList<>();
            for (float parameter : first.parameters()) {
                boxed.add(parameter);
            }
            parameters.add(boxed);
        }
        assertEquals(seeds.length, losses.size());
        assertEquals(seeds.length, parameters.size());
    }

    @Test
    void syntheticDocumentsHoldWordsOfTheVocabularyOnly() {
        TokenDocuments documents = SyntheticData.documents(VOCABULARY, 100, 12, -1);
        Set<Integer> lengths = new HashSet<>();
        for (long document = 0; document < documents.count(); document++) {
            lengths.add(documents.length(document));
        }
        assertEquals(Set.of(3, 4, 5, 6, 7, 8, 9, 10, 11, 12), lengths);
        int[] sixth = new int[documents.length(5)];
        documents.copy(5, 0, sixth, 0, sixth.length);
        for (int i = 0; i < sixth.length; i++) {
            assertEquals(sixth[i % 2], sixth[i]);
        }
        assertEquals(1, Math.abs(sixth[0] - sixth[1]));
        assertTrue(words(documents).stream().allMatch(id -> id >= SyntheticData.FIRST_WORD && id < VOCABULARY));
        assertNotEquals(words(documents), words(SyntheticData.documents(VOCABULARY, 100, 12, 0)));
        assertFalse(SyntheticData.vocabulary(VOCABULARY).token(VOCABULARY - 1).startsWith("["));
    }

    @Test
    void whatCannotBeMadeOrComparedIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> SyntheticData.vocabulary(5));
        for (Executable use : List.<Executable>of(
                () -> SyntheticData.documents(5, 1, 3, 0),
                () -> SyntheticData.documents(6, -1, 3, 0),
                () -> SyntheticData.documents(6, 1, 2, 0))) {
            String message = assertThrows(IllegalArgumentException.class, use).getMessage();
            assertTrue(message.startsWith("Expected at least"), message);
        }
        assertEquals(3, SyntheticData.documents(6, 1, 3, 0).length(0));
        try (Arena arena = Arena.allocate(DataType.FLOAT, 64)) {
            assertThrows(
                    IllegalArgumentException.class,
                    () -> GradientCheck.relativeError(KERNELS, arena.take(2, 3), arena.take(3, 2), () -> 0));
        }
    }

    @Test
    void theDocumentedExamplePasses() {
        PretrainingConfig config =
                PretrainingConfig.builder().batchSize(16).seqLen(16).build();
        TrainingConfig training =
                TrainingConfig.builder().steps(150).learningRate(1e-2).build();
        BertConfig shape = BertConfig.builder(25)
                .numHiddenLayers(1)
                .hiddenSize(32)
                .numAttentionHeads(2)
                .dropout(0)
                .build();
        PretrainingData data =
                PretrainingData.of(SyntheticData.documents(25, 200, 12, 0), SyntheticData.vocabulary(25));
        SeededRun run = SeededRun.of(shape, config, training, data);
        run.losses().assertFallsTo(0.5);
        SeededRun.of(shape, config, training, data).losses().assertSameAs(run.losses());
    }

    @Test
    void theDocumentedExampleIsTheOneOfTheTest() throws IOException {
        String documented = Files.readString(Path.of("src/main/java/io/github/cloze4j/testing/SeededRun.java"));
        String example = documented
                .substring(
                        documented.indexOf("<pre>{@code") + "<pre>{@code".length(), documented.indexOf(" * }</pre>\n"))
                .replaceAll("(?m)^ \\*", "")
                .replaceAll("\\s+", "");
        String tested = Files.readString(Path.of("src/test/java/io/github/cloze4j/testing/TestingTest.java"));
        assertTrue(example.length() > 100, example);
        assertTrue(tested.replaceAll("\\s+", "").contains(example), example);
    }

    /** With 10 pairs: from about ln(20) below ln(2), which takes the rule, not only the words that go together. */
    @Test
    void theRuleOfSyntheticDocumentsIsLearnt() {
        PretrainingConfig config =
                PretrainingConfig.builder().batchSize(16).seqLen(16).build();
        TrainingConfig training =
                TrainingConfig.builder().steps(800).learningRate(1e-2).build();
        BertConfig shape = BertConfig.builder(25)
                .numHiddenLayers(1)
                .hiddenSize(32)
                .numAttentionHeads(2)
                .dropout(0)
                .build();
        PretrainingData data =
                PretrainingData.of(SyntheticData.documents(25, 200, 12, 0), SyntheticData.vocabulary(25));
        List<Double> losses =
                SeededRun.of(shape, config, training, data).losses().losses();
        double first = losses.get(0);
        double last = losses.subList(780, 800).stream()
                .mapToDouble(Double::doubleValue)
                .average()
                .orElseThrow();
        assertTrue(Math.abs(first - Math.log(20)) < 0.6, "first " + first);
        assertTrue(last < Math.log(2) / 2, "last " + last);
    }

    private static Bert tinyModel() {
        return new Bert(
                BertConfig.builder(30)
                        .numHiddenLayers(1)
                        .hiddenSize(8)
                        .numAttentionHeads(2)
                        .build(),
                List.of(LanguageModelHead.MASKED),
                KERNELS);
    }

    @Test
    void aModelThatNobodyClosesIsNamedWithThePlaceThatMadeIt() {
        OffHeap.assertAllClosed(() -> {
            try (Bert model = tinyModel()) {
                model.trainingPass(1, 8, 2).close();
            }
        });
        List<Bert> left = new ArrayList<>();
        try {
            String message = assertThrows(
                            AssertionError.class, () -> OffHeap.assertAllClosed(() -> left.add(tinyModel())))
                    .getMessage();
            assertTrue(message.contains("1 open arenas"), message);
            assertTrue(message.contains("Bert.<init>"), message);
            assertTrue(message.contains("TestingTest.tinyModel"), message);
            // Made before, or by another thread that was there before: not of this check.
            OffHeap.assertAllClosed(() -> left.get(0).parameters().values());
            assertThrows(
                    AssertionError.class,
                    () -> OffHeap.assertAllClosed(() -> {
                        Thread thread = new Thread(() -> left.add(tinyModel()));
                        thread.start();
                        try {
                            thread.join();
                        } catch (InterruptedException e) {
                            throw new IllegalStateException(e);
                        }
                    }));
        } finally {
            left.forEach(Bert::close);
        }
    }

    /** The first batch of an evaluation, of two rows of eight tokens. */
    private static Batch heldOut(TokenDocuments documents, Vocabulary vocabulary) {
        BatchConfig config = new BatchConfig(
                2,
                8,
                vocabulary.size(),
                SpecialTokens.of(vocabulary),
                Masking.TOKEN.strategy(0.15, vocabulary),
                TokenReplacement.BERT,
                0,
                0,
                Objective.MLM);
        return new EvaluationBatches(documents, config).iterator().next();
    }

    @Test
    void aWrongGradientIsNamedAndOneThatIsZeroIsNone() {
        Kernels kernels = KernelProviders.create("nd4j", DataType.DOUBLE);
        BertConfig shape = BertConfig.builder(12)
                .numHiddenLayers(1)
                .hiddenSize(4)
                .numAttentionHeads(2)
                .intermediateSize(6)
                .maxPositionEmbeddings(8)
                .initializerRange(0.5)
                .dropout(0)
                .build();
        TokenDocuments documents = SyntheticData.documents(12, 20, 6, 0);
        Batch batch = heldOut(documents, SyntheticData.vocabulary(12));
        try (Bert model = new Bert(shape, List.of(LanguageModelHead.MASKED), kernels);
                TrainingPass pass =
                        model.trainingPass(2, 8, batch.targets().get(0).count())) {
            model.initialize(1, Initialization.NORMAL);
            pass.forwardBackward(batch, 1, 0, 1);
            ParameterStore parameters = model.parameters();
            DoubleSupplier loss = () -> pass.loss(batch, 1, 0).read().get(0).sum();
            GradientCheck.assertGradients(parameters, 1e-6, 1e-8, loss);
            String name = "bert.encoder.layer.0.attention.self.query.bias";
            parameters.parameter(name).gradient().addi(1e-4);
            String message = assertThrows(
                            AssertionError.class, () -> GradientCheck.assertGradients(parameters, 1e-6, 1e-8, loss))
                    .getMessage();
            assertTrue(message.contains("Received: " + name + " differs by ") && !message.contains(";"), message);
        }
    }

    /** Memory that is not used is not resident. */
    private static Arena used(long elements) {
        Arena arena = Arena.allocate(DataType.FLOAT, elements);
        arena.flat().assign(1);
        return arena;
    }

    @Test
    void anArenaThatIsNotClosedIsALeakAndOneThatIsClosedIsNone() {
        List<Arena> leaked = new ArrayList<>();
        Runnable leaking = () -> leaked.add(used(4 * MEGABYTE));
        Runnable closing = () -> used(4 * MEGABYTE).close();
        try {
            assertThrows(AssertionError.class, () -> OffHeap.assertFlat(8 * MEGABYTE, 2, leaking));
            OffHeap.assertFlat(8 * MEGABYTE, 4, closing);
        } finally {
            leaked.forEach(Arena::close);
        }
    }

    @Test
    void memoryThatTheFirstRoundsTakeAndKeepIsNoLeak() {
        int[] rounds = {0};
        List<Arena> kept = new ArrayList<>();
        try {
            OffHeap.assertFlat(8 * MEGABYTE, 4, () -> {
                if (rounds[0]++ < 5) {
                    kept.add(used(4 * MEGABYTE));
                }
            });
            assertEquals(1 + 4 + 8, rounds[0]);
        } finally {
            kept.forEach(Arena::close);
        }
    }

    @Test
    void modelsThatAreMadeAndClosedOnFreshThreadsLeaveNoMemoryBehind() {
        int cycles = 20;
        Runnable makeAndClose = () -> {
            try (Bert model = new Bert(
                    BertConfig.builder(20_000)
                            .numHiddenLayers(1)
                            .hiddenSize(64)
                            .numAttentionHeads(2)
                            .build(),
                    List.of(LanguageModelHead.MASKED),
                    KERNELS)) {
                model.parameters().values().flat().assign(1);
                model.trainingPass(1, 64, 64).close();
            }
        };
        // A model takes 10 MB: of twenty, not one may stay.
        OffHeap.assertFlat(5 * MEGABYTE, 3, () -> {
            for (int i = 0; i < cycles; i++) {
                CompletableFuture.runAsync(makeAndClose, work -> new Thread(work).start())
                        .join();
            }
        });
    }
}
