package io.github.cloze4j.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.data.Batch;
import io.github.cloze4j.data.Targets;
import io.github.cloze4j.kernel.Activation;
import io.github.cloze4j.kernel.Arena;
import io.github.cloze4j.kernel.Documents;
import io.github.cloze4j.kernel.KernelProviders;
import io.github.cloze4j.model.head.LanguageModelHead;
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
    private static Bert model(String kernels, DataType type) {
        Bert model = new Bert(
                BertGradientTest.tiny(Activation.GELU, 0.3),
                List.of(LanguageModelHead.MASKED),
                KernelProviders.create(kernels, type));
        model.initialize(5);
        BertGradientTest.disturb(model);
        return model;
    }

    private static double[] logits(Bert model, InferencePass pass, Batch batch) {
        int vocabulary = model.config().vocabSize();
        double[] all = new double[batch.targets().get(0).count() * vocabulary];
        int[] read = {0};
        pass.scores(batch, batch.targets().get(0).rows(), model.heads().get(0), (first, logits) -> {
            assertEquals(read[0], first);
            double[] some = GoldenFixture.numbers(logits);
            System.arraycopy(some, 0, all, first * vocabulary, some.length);
            read[0] += (int) logits.size(0);
        });
        assertEquals(batch.targets().get(0).count(), read[0]);
        return all;
    }

    /** The head's scores of hidden states that were computed for all tokens. */
    private static double[] headOf(Bert model, INDArray hiddenStates, int[] positions) {
        int hidden = model.config().hiddenSize();
        Head head = model.heads().get(0);
        double[] scores = new double[positions.length * head.outputs()];
        Arena.Plan<Head.Activations> plan = Arena.plan(model.parameters().type(), arena -> {
            arena.take(positions.length, hidden);
            return head.plan(arena, positions.length, TrainingPass.MOST_SCORES);
        });
        try (Arena arena = plan.arena()) {
            INDArray x = arena.view(0, positions.length, hidden);
            model.parameters().kernels().gatherRows(hiddenStates, positions, x);
            plan.arrays().rows(positions.length).scores(x, (first, some) -> {
                double[] numbers = GoldenFixture.numbers(some);
                System.arraycopy(numbers, 0, scores, first * head.outputs(), numbers.length);
            });
            return scores;
        }
    }

    /** The first document of {@link BertGradientTest#batch} alone. */
    private static Batch small() {
        return new Batch(
                1,
                3,
                new int[] {2, 5, 3},
                new int[3],
                new int[] {0, 1, 2},
                Documents.bidirectional(new int[] {0, 3}),
                3,
                List.of(new Targets(new int[] {1}, new int[1])));
    }

    @ParameterizedTest
    @CsvSource({"nd4j, DOUBLE, 1e-13", "nd4j, FLOAT, 1e-5", "cpu, FLOAT, 1e-5"})
    void outputsAreThoseOfATrainingPass(String kernels, DataType type, double tolerance) {
        Batch batch = BertGradientTest.batch();
        try (Bert model = model(kernels, type);
                TrainingPass training = model.trainingPass(2, 7, 6);
                InferencePass pass = model.inferencePass()) {
            double[] logits = Answers.scores(model, batch, 0);
            double loss = crossEntropy(logits, batch.targets().get(0).labels());
            assertEquals(training.loss(batch).read().get(0).sum(), loss, 100 * tolerance);
            // Before and after a smaller batch, whose views lie elsewhere in the same memory.
            for (int round = 0; round < 2; round++) {
                assertArrayEquals(logits, logits(model, pass, batch), tolerance);
                assertArrayEquals(
                        logits,
                        headOf(
                                model,
                                pass.hiddenStates(batch),
                                batch.targets().get(0).rows()),
                        tolerance);
                long bytes = pass.bytes();
                assertArrayEquals(Arrays.copyOf(logits, 23), logits(model, pass, small()), tolerance);
                assertEquals(bytes, pass.bytes());
            }
        }
    }

    private static double crossEntropy(double[] logits, int[] labels) {
        int words = logits.length / labels.length;
        double loss = 0;
        for (int row = 0; row < labels.length; row++) {
            int first = row * words;
            double sum =
                    Arrays.stream(logits, first, first + words).map(Math::exp).sum();
            loss += Math.log(sum) - logits[first + labels[row]];
        }
        return loss;
    }

    @Test
    void scoresComeInChunks() {
        Batch batch = BertGradientTest.batch();
        try (Bert model = model("nd4j", DataType.DOUBLE);
                InferencePass whole = model.inferencePass();
                InferencePass chunked = new InferencePass(model, 3 * 23 + 1)) {
            assertArrayEquals(logits(model, whole, batch), logits(model, chunked, batch), 1e-13);
        }
    }

    @Test
    void memoryGrowsWithBatchesAndGoesOnClose() {
        try (Bert model = model("cpu", DataType.FLOAT)) {
            InferencePass pass = model.inferencePass();
            assertEquals(0, pass.bytes());
            pass.hiddenStates(small());
            long small = pass.bytes();
            logits(model, pass, BertGradientTest.batch());
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
        Batch batch = new Batch(
                1,
                17,
                ids,
                ids,
                new int[17],
                Documents.bidirectional(new int[] {0, 17}),
                17,
                List.of(new Targets(new int[] {1}, new int[1])));
        try (Bert model = model("cpu", DataType.FLOAT);
                InferencePass pass = model.inferencePass()) {
            assertThrows(IllegalArgumentException.class, () -> pass.hiddenStates(batch));
        }
    }

    @Test
    void gradientsTakeMemoryOnlyFromTheirFirstUseOn() {
        List<Arena> before = Arena.open();
        try (Bert model = model("cpu", DataType.FLOAT)) {
            long values = model.parameters().values().bytes();
            assertEquals(values, bytesSince(before));
            try (InferencePass pass = model.inferencePass()) {
                logits(model, pass, small());
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
        Bert model = model("cpu", DataType.FLOAT);
        model.close();
        assertThrows(IllegalStateException.class, () -> model.parameters().gradients());
    }

    @Test
    void threadsThatAskForGradientsAtOnceAreGivenTheSame() {
        try (Bert model = model("cpu", DataType.FLOAT)) {
            List<Arena> given = IntStream.range(0, 64)
                    .parallel()
                    .mapToObj(i -> model.parameters().gradients())
                    .distinct()
                    .toList();
            assertEquals(1, given.size());
        }
    }
}
