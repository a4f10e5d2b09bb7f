package io.github.cloze4j.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.data.MlmBatch;
import io.github.cloze4j.kernel.Activation;
import io.github.cloze4j.kernel.Arena;
import io.github.cloze4j.kernel.KernelProviders;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.testing.OffHeap;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;

/** Layers that share their memory compute what layers with memory of their own do. */
class InferencePassTest {
    private static BertForMaskedLm model(String kernels, DataType type) {
        BertForMaskedLm model = new BertForMaskedLm(
                BertGradientTest.tiny(Activation.GELU, 0.3), KernelProviders.create(kernels, type), type);
        model.initialize(5);
        BertGradientTest.disturb(model);
        return model;
    }

    private static double[] logits(InferencePass pass, MlmBatch batch, int vocabulary) {
        double[] all = new double[batch.masked() * vocabulary];
        int[] read = {0};
        pass.logits(batch, (first, logits) -> {
            assertEquals(read[0], first);
            double[] some = GoldenFixture.numbers(logits);
            System.arraycopy(some, 0, all, first * vocabulary, some.length);
            read[0] += (int) logits.size(0);
        });
        assertEquals(batch.masked(), read[0]);
        return all;
    }

    /** The first document of {@link BertGradientTest#batch} alone. */
    private static MlmBatch small() {
        return new MlmBatch(
                1,
                3,
                new int[] {2, 5, 3},
                new int[3],
                new int[] {0, 1, 2},
                new int[] {0, 3},
                new int[] {1},
                new int[1],
                3);
    }

    @ParameterizedTest
    @CsvSource({"nd4j, DOUBLE, 1e-13", "nd4j, FLOAT, 1e-5", "cpu, FLOAT, 1e-5"})
    void outputsAreThoseOfATrainingPass(String kernels, DataType type, double tolerance) {
        MlmBatch batch = BertGradientTest.batch();
        try (BertForMaskedLm model = model(kernels, type);
                MlmPass expected = model.plan(2, 7, 6);
                InferencePass pass = model.inferencePass()) {
            double[] logits = GoldenFixture.numbers(expected.logits(batch));
            double[] hidden = GoldenFixture.numbers(expected.hiddenStates(batch));
            // Before and after a smaller batch, whose views lie elsewhere in the same memory.
            for (int round = 0; round < 2; round++) {
                assertArrayEquals(logits, logits(pass, batch, 23), tolerance);
                assertArrayEquals(hidden, GoldenFixture.numbers(pass.hiddenStates(batch)), tolerance);
                long bytes = pass.bytes();
                assertArrayEquals(Arrays.copyOf(logits, 23), logits(pass, small(), 23), tolerance);
                assertEquals(bytes, pass.bytes());
            }
        }
    }

    @Test
    void scoresComeInChunks() {
        MlmBatch batch = BertGradientTest.batch();
        try (BertForMaskedLm model = model("nd4j", DataType.DOUBLE);
                InferencePass whole = model.inferencePass();
                InferencePass chunked = new InferencePass(model, 3 * 23 + 1)) {
            assertArrayEquals(logits(whole, batch, 23), logits(chunked, batch, 23), 1e-13);
        }
    }

    @Test
    void memoryGrowsWithBatchesAndGoesOnClose() {
        try (BertForMaskedLm model = model("cpu", DataType.FLOAT)) {
            InferencePass pass = model.inferencePass();
            assertEquals(0, pass.bytes());
            pass.hiddenStates(small());
            long small = pass.bytes();
            pass.logits(BertGradientTest.batch(), (first, logits) -> {});
            assertTrue(pass.bytes() > small);
            pass.close();
            assertEquals(0, pass.bytes());
            pass.hiddenStates(small());
            assertEquals(small, pass.bytes());
            pass.close();
        }
    }

    @Test
    void aDocumentLongerThanThePositionsIsRefused() {
        int[] ids = new int[17];
        MlmBatch batch = new MlmBatch(1, 17, ids, ids, new int[17], new int[] {0, 17}, new int[] {1}, new int[1], 17);
        try (BertForMaskedLm model = model("cpu", DataType.FLOAT);
                InferencePass pass = model.inferencePass()) {
            assertThrows(IllegalArgumentException.class, () -> pass.hiddenStates(batch));
        }
    }

    /**
     * Measured on the resident memory of the process: weights are so large that the C library gets memory of their own for
     * them (from 32 MB on), and that what else moves is small beside them.
     */
    @Test
    void gradientsTakeMemoryOnlyFromTheirFirstUseOn() {
        Kernels kernels = KernelProviders.create("cpu", DataType.FLOAT);
        BertConfig config = BertConfig.of(32000, 1, 320, 2);
        List<BertForMaskedLm> models = new ArrayList<>();
        int rounds = 4;
        awaitSettledMemory();
        try {
            long inferring = OffHeap.growth(rounds, () -> {
                BertForMaskedLm model = new BertForMaskedLm(config, kernels, DataType.FLOAT);
                models.add(model);
                try (InferencePass pass = model.inferencePass()) {
                    pass.logits(small(), (first, logits) -> {});
                }
            });
            long values = models.get(0).parameters().length() * Float.BYTES;
            assertTrue(inferring > values - values / 4, inferring + " bytes for " + values);
            assertTrue(inferring < values + values / 2, inferring + " bytes for " + values);

            Iterator<BertForMaskedLm> next = models.iterator();
            long training = OffHeap.growth(
                    rounds,
                    () -> assertEquals(
                            0,
                            kernels.squaredNorm(next.next()
                                    .parameters()
                                    .parameter("cls.predictions.bias")
                                    .gradient())));
            assertTrue(training > values - values / 4, training + " bytes for " + values);
        } finally {
            models.forEach(BertForMaskedLm::close);
        }
    }

    /** The heap that earlier tests left is given back first, a part at each collection. */
    private static void awaitSettledMemory() {
        for (int i = 0; i < 20; i++) {
            if (Math.abs(OffHeap.growth(4, () -> {})) < 1 << 18) {
                return;
            }
        }
        throw new IllegalStateException("Expected resident memory to settle");
    }

    @Test
    void gradientsOfAClosedModelAreNotAllocated() {
        BertForMaskedLm model = model("cpu", DataType.FLOAT);
        model.close();
        assertThrows(IllegalStateException.class, () -> model.parameters().gradients());
    }

    @Test
    void threadsThatAskForGradientsAtOnceAreGivenTheSame() {
        try (BertForMaskedLm model = model("cpu", DataType.FLOAT)) {
            List<Arena> given = IntStream.range(0, 64)
                    .parallel()
                    .mapToObj(i -> model.parameters().gradients())
                    .distinct()
                    .toList();
            assertEquals(1, given.size());
        }
    }
}
