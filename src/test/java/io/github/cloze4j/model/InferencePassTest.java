package io.github.cloze4j.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.data.MlmBatch;
import io.github.cloze4j.kernel.Activation;
import io.github.cloze4j.kernel.Arena;
import io.github.cloze4j.kernel.KernelProviders;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

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

    /** The head's scores of hidden states that were computed for all tokens. */
    private static double[] headOf(BertForMaskedLm model, INDArray hiddenStates, int[] positions) {
        int hidden = model.config().hiddenSize();
        Arena.Plan<MlmHead.Activations> plan = Arena.plan(model.parameters().type(), arena -> {
            arena.take(positions.length, hidden);
            return model.head().plan(arena, positions.length, MlmPass.MOST_LOGITS);
        });
        try (Arena arena = plan.arena()) {
            INDArray x = arena.view(0, positions.length, hidden);
            model.parameters().kernels().gatherRows(hiddenStates, positions, x);
            MlmHead.Activations head = plan.arrays().rows(positions.length);
            model.head().forward(x, head);
            return GoldenFixture.numbers(model.head().logits(head));
        }
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
            // Before and after a smaller batch, whose views lie elsewhere in the same memory.
            for (int round = 0; round < 2; round++) {
                assertArrayEquals(logits, logits(pass, batch, 23), tolerance);
                assertArrayEquals(logits, headOf(model, pass.hiddenStates(batch), batch.maskedPositions()), tolerance);
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

    @Test
    void gradientsTakeMemoryOnlyFromTheirFirstUseOn() {
        List<Arena> before = Arena.open();
        try (BertForMaskedLm model = model("cpu", DataType.FLOAT)) {
            long values = model.parameters().values().bytes();
            assertEquals(values, bytesSince(before));
            try (InferencePass pass = model.inferencePass()) {
                pass.logits(small(), (first, logits) -> {});
            }
            assertEquals(values, bytesSince(before));

            model.parameters().parameter("cls.predictions.bias").gradient();
            assertEquals(2 * values, bytesSince(before));
        }
        assertEquals(0, bytesSince(before));
    }

    private static long bytesSince(List<Arena> before) {
        return Arena.open().stream()
                .filter(arena -> !before.contains(arena))
                .mapToLong(Arena::bytes)
                .sum();
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
