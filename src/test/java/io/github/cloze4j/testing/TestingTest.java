package io.github.cloze4j.testing;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.data.TokenDocuments;
import io.github.cloze4j.kernel.Arena;
import io.github.cloze4j.kernel.KernelProviders;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.model.BertConfig;
import io.github.cloze4j.model.BertForMaskedLm;
import io.github.cloze4j.train.StepReport;
import io.github.cloze4j.train.TrainingConfig;
import io.github.cloze4j.train.TrainingData;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
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
            curve.onStep(new StepReport(1, 0, loss, 0, 0, 0, 0, 0));
        }
        return curve;
    }

    private static SeededRun run(long seed) {
        TrainingConfig config = TrainingConfig.builder()
                .batchSize(2)
                .seqLen(16)
                .steps(3)
                .warmup(0)
                .seed(seed)
                .build();
        TokenDocuments documents = SyntheticData.documents(VOCABULARY, 20, 12, 0);
        TrainingData data = new TrainingData(documents, null, SyntheticData.vocabulary(VOCABULARY), 0);
        return SeededRun.of(
                BertConfig.builder(VOCABULARY)
                        .numHiddenLayers(1)
                        .hiddenSize(16)
                        .numAttentionHeads(2)
                        .build(),
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
            assertThrows(AssertionError.class, () -> OffHeap.assertFlat(8 * MEGABYTE, 8, leaking));
            OffHeap.assertFlat(8 * MEGABYTE, 8, closing);
        } finally {
            leaked.forEach(Arena::close);
        }
    }

    @Test
    void modelsThatAreMadeAndClosedOnFreshThreadsLeaveNoMemoryBehind() {
        int cycles = 20;
        Runnable makeAndClose = () -> {
            try (BertForMaskedLm model = new BertForMaskedLm(
                    BertConfig.builder(20_000)
                            .numHiddenLayers(1)
                            .hiddenSize(64)
                            .numAttentionHeads(2)
                            .build(),
                    KERNELS,
                    DataType.FLOAT)) {
                model.parameters().values().flat().assign(1);
                model.plan(1, 64, 64).close();
            }
        };
        // A model takes 10 MB: of twenty, not one may stay.
        OffHeap.assertFlat(5 * MEGABYTE, 8, () -> {
            for (int i = 0; i < cycles; i++) {
                CompletableFuture.runAsync(makeAndClose, work -> new Thread(work).start())
                        .join();
            }
        });
    }
}
