package io.github.cloze4j.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.cloze4j.data.Batch;
import io.github.cloze4j.kernel.Activation;
import io.github.cloze4j.kernel.Documents;
import io.github.cloze4j.kernel.KernelProviders;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.kernel.cuda.EmulatedCudaProvider;
import io.github.cloze4j.model.head.LanguageModelHead;
import io.github.cloze4j.nn.LowRankTarget;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.function.BiFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Texts that grow token by token have the scores of the whole texts. */
class DecodingTest {
    private static final int WORDS = 23;

    static Bert model(Kernels kernels) {
        Bert model = new Bert(BertGradientTest.tiny(Activation.GELU, 0.3), List.of(LanguageModelHead.MASKED), kernels);
        model.initialize(5);
        BertGradientTest.disturb(model);
        return model;
    }

    /** The ways to make a decoding. */
    enum Way {
        RECOMPUTED(RecomputedDecoding.class, (model, head) -> model.decoding(head, false)),
        CACHED(CachedDecoding.class, (model, head) -> model.decoding(head, true)),
        WITHOUT_CACHE(RecomputedDecoding.class, (model, head) -> model.decoding(head, true));

        final Class<?> type;

        final BiFunction<Bert, Head, Decoding> maker;

        Way(Class<?> type, BiFunction<Bert, Head, Decoding> maker) {
            this.type = type;
            this.maker = maker;
        }
    }

    static Stream<Arguments> ways() {
        return Stream.of(
                Arguments.of("nd4j", DataType.DOUBLE, Way.RECOMPUTED, 1e-10),
                Arguments.of("cpu", DataType.FLOAT, Way.RECOMPUTED, 1e-5),
                Arguments.of("nd4j", DataType.DOUBLE, Way.CACHED, 1e-10),
                Arguments.of("nd4j", DataType.FLOAT, Way.CACHED, 1e-5),
                Arguments.of("cpu", DataType.FLOAT, Way.CACHED, 1e-5),
                // It keeps no keys and values.
                Arguments.of(EmulatedCudaProvider.NAME, DataType.FLOAT, Way.WITHOUT_CACHE, 1e-5));
    }

    /** The scores after the last token of a text, by a pass over all of it. */
    private static double[] whole(Bert model, int[] ids, int[] types, int prefix) {
        Batch batch = new Batch(
                1,
                ids.length,
                ids,
                types,
                IntStream.range(0, ids.length).toArray(),
                new Documents(new int[] {0, ids.length}, new int[] {prefix}),
                ids.length,
                List.of());
        double[][] read = new double[1][];
        try (InferencePass pass = model.inferencePass()) {
            pass.scores(
                    batch,
                    new int[] {ids.length - 1},
                    model.heads().get(0),
                    (first, scores) -> read[0] = numbers(model, scores));
        }
        return read[0];
    }

    private static Kernels kernels(String provider, DataType type) {
        assumeTrue(
                !provider.equals(EmulatedCudaProvider.NAME) || EmulatedCudaProvider.isAvailable(),
                EmulatedCudaProvider.NEEDS);
        return KernelProviders.create(provider, type);
    }

    private static double[] row(double[] scores, int text) {
        return Arrays.copyOfRange(scores, text * WORDS, (text + 1) * WORDS);
    }

    private static double[] numbers(Bert model, INDArray array) {
        return GoldenFixture.numbers(model.parameters().kernels(), array);
    }

    private static double[] scores(Bert model, Decoding decoding) {
        return numbers(model, decoding.scores());
    }

    @ParameterizedTest
    @MethodSource("ways")
    void scoresAreThoseOfWholeTexts(String kernels, DataType type, Way way, double tolerance) {
        try (Bert model = model(kernels(kernels, type));
                Decoding decoding = way.maker.apply(model, model.heads().get(0))) {
            assertEquals(way.type, decoding.getClass());
            Prompt causal = Prompt.causal(2, 5, 6);
            Prompt source = Prompt.source(2, 7, 8, 9, 3);
            Prompt part = new Prompt(new int[] {2, 4, 4, 3}, new int[] {0, 1, 0, 1}, 2, 0);
            decoding.begin(List.of(causal, source, part));
            double[] first = scores(model, decoding);
            assertArrayEquals(whole(model, new int[] {2, 5, 6}, new int[3], 0), row(first, 0), tolerance);
            assertArrayEquals(whole(model, new int[] {2, 7, 8, 9, 3}, new int[5], 5), row(first, 1), tolerance);
            assertArrayEquals(
                    whole(model, new int[] {2, 4, 4, 3}, new int[] {0, 1, 0, 1}, 2), row(first, 2), tolerance);

            decoding.append(10, 11, 12);
            decoding.append(13, 14, 15);
            double[] second = scores(model, decoding);
            assertArrayEquals(whole(model, new int[] {2, 5, 6, 10, 13}, new int[5], 0), row(second, 0), tolerance);
            assertArrayEquals(
                    whole(model, new int[] {2, 7, 8, 9, 3, 11, 14}, new int[] {0, 0, 0, 0, 0, 1, 1}, 5),
                    row(second, 1),
                    tolerance);

            // Two of one; the text in the middle moves to the end, the first ends.
            decoding.select(2, 2, 1);
            double[] moved = scores(model, decoding);
            assertArrayEquals(row(second, 2), row(moved, 0), tolerance);
            assertArrayEquals(row(second, 2), row(moved, 1), tolerance);
            assertArrayEquals(row(second, 1), row(moved, 2), tolerance);
            decoding.append(16, 17, 18);
            double[] third = scores(model, decoding);
            int[] types = {0, 1, 0, 1, 0, 0, 0};
            assertArrayEquals(whole(model, new int[] {2, 4, 4, 3, 12, 15, 16}, types, 2), row(third, 0), tolerance);
            assertArrayEquals(whole(model, new int[] {2, 4, 4, 3, 12, 15, 17}, types, 2), row(third, 1), tolerance);
            assertArrayEquals(
                    whole(model, new int[] {2, 7, 8, 9, 3, 11, 14, 18}, new int[] {0, 0, 0, 0, 0, 1, 1, 1}, 5),
                    row(third, 2),
                    tolerance);

            decoding.begin(List.of(causal));
            assertArrayEquals(row(first, 0), scores(model, decoding), tolerance);
        }
    }

    @ParameterizedTest
    @MethodSource("ways")
    @SuppressWarnings("try") // a second close
    void aRefusedCallChangesNothing(String kernels, DataType type, Way way, double tolerance) {
        try (Bert model = model(kernels(kernels, type));
                Decoding decoding = way.maker.apply(model, model.heads().get(0))) {
            assertThrows(IllegalStateException.class, decoding::scores);
            assertThrows(IllegalStateException.class, () -> decoding.append(1));
            assertThrows(IllegalStateException.class, () -> decoding.select(0));
            decoding.begin(List.of(Prompt.causal(IntStream.range(2, 17).toArray()), Prompt.causal(4)));
            double[] before = scores(model, decoding);
            assertThrows(IllegalArgumentException.class, () -> decoding.begin(List.of()));
            Prompt tooLong = Prompt.causal(new int[17]);
            String message = assertThrows(IllegalArgumentException.class, () -> decoding.begin(List.of(tooLong)))
                    .getMessage();
            assertTrue(message.contains("at most 16 tokens"), message);
            assertThrows(IllegalArgumentException.class, () -> decoding.begin(List.of(Prompt.causal(WORDS))));
            Prompt otherType = new Prompt(new int[] {2}, new int[] {0}, 0, 2);
            assertThrows(IllegalArgumentException.class, () -> decoding.begin(List.of(otherType)));
            assertThrows(IllegalArgumentException.class, () -> decoding.append(1));
            assertThrows(IllegalArgumentException.class, () -> decoding.append(1, -1));
            assertThrows(IllegalArgumentException.class, () -> decoding.select());
            assertThrows(IllegalArgumentException.class, () -> decoding.select(0, 2));
            assertArrayEquals(before, scores(model, decoding), 0);
            decoding.append(1, 1);
            double[] full = scores(model, decoding);
            // The first text has all 16 positions.
            assertThrows(IllegalArgumentException.class, () -> decoding.append(1, 1));
            assertArrayEquals(full, scores(model, decoding), 0);
            decoding.select(1);
            decoding.append(1);
            assertEquals(WORDS, scores(model, decoding).length);
            decoding.close();
            decoding.close();
            assertThrows(IllegalStateException.class, decoding::scores);
            assertThrows(IllegalStateException.class, () -> decoding.begin(List.of(Prompt.causal(4))));
        }
    }

    @ParameterizedTest
    @CsvSource({"nd4j, DOUBLE, 1e-10", "cpu, FLOAT, 1e-4"})
    void modelsWithLowRankUpdatesHaveTheScoresOfWholeTexts(String provider, DataType type, double tolerance) {
        try (Bert model = LoraGradientTest.model(
                        LoraGradientTest.lora(0.3, EnumSet.allOf(LowRankTarget.class)), kernels(provider, type));
                Decoding cached = model.decoding(model.heads().get(0), true);
                Decoding recomputed = model.decoding(model.heads().get(0), false)) {
            for (Decoding decoding : List.of(cached, recomputed)) {
                decoding.begin(List.of(Prompt.causal(2, 5), Prompt.source(2, 6, 3)));
                decoding.append(7, 8);
                decoding.append(9, 10);
            }
            assertArrayEquals(scores(model, recomputed), scores(model, cached), tolerance);
        }
    }

    @Test
    void aPromptHasATypeForEachTokenAndAPrefixInside() {
        assertThrows(IllegalArgumentException.class, Prompt::causal);
        assertThrows(IllegalArgumentException.class, () -> new Prompt(new int[2], new int[1], 0, 0));
        assertThrows(IllegalArgumentException.class, () -> new Prompt(new int[2], new int[2], 3, 0));
        assertThrows(IllegalArgumentException.class, () -> new Prompt(new int[2], new int[2], -1, 0));
    }

    @Test
    void aHeadOfAnotherModelIsRefused() {
        try (Bert model = model(KernelProviders.create("nd4j", DataType.DOUBLE));
                Bert other = model(KernelProviders.create("nd4j", DataType.DOUBLE))) {
            assertThrows(
                    IllegalArgumentException.class,
                    () -> model.decoding(other.heads().get(0), true));
        }
    }
}
