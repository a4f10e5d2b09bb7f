package io.github.cloze4j.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.BackendException;
import io.github.cloze4j.kernel.Activation;
import io.github.cloze4j.kernel.FreeMemory;
import io.github.cloze4j.kernel.KernelProviders;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.kernel.Precision;
import io.github.cloze4j.model.head.LanguageModelHead;
import io.github.cloze4j.random.RandomStream;
import io.github.cloze4j.testing.OffHeap;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;

/** Texts that outgrow the first memory of their keys and values, with beams that come and go. */
class LongDecodingTest {
    private static final int WORDS = 47;
    private static final int POSITIONS = 150;
    private static final int STEPS = 14;

    /** Fixed: a rounding of floats could turn the order of two scores that are nearly equal. */
    private static final long SEED = 11;

    private static Bert model(Kernels kernels) {
        BertConfig config = new BertConfig(
                WORDS, 24, 3, 3, 40, Activation.GELU, 0.1, 0.1, POSITIONS, 2, 0.3, 1e-12, true, null, true);
        Bert model = new Bert(config, List.of(LanguageModelHead.NEXT_WORD), kernels);
        model.initialize(3);
        BertGradientTest.disturb(model);
        return model;
    }

    /** A prompt of one token, one that is a prefix, and a long one of which a part is a prefix. */
    private static List<Prompt> prompts(int longest, RandomStream random) {
        int[] one = ids(1, random);
        int[] some = ids(20, random);
        int[] most = ids(longest, random);
        return List.of(
                Prompt.causal(one),
                Prompt.source(some),
                new Prompt(most, new int[longest], 1 + random.nextInt(longest - 2), 1));
    }

    private static int[] ids(int count, RandomStream random) {
        return IntStream.range(0, count).map(i -> random.nextInt(WORDS)).toArray();
    }

    /** The numbers of the texts that go on after a step; null to go on with all. */
    private static int @Nullable [] selection(int step, int texts) {
        return switch (step) {
            case 3 -> new int[] {1, 1, 0, 2, 1, 1};
            case 6 -> new int[] {5, 0, 3, 3, 2};
            case 8 -> new int[] {4, 2, 1, 0, 0, 0, 1, 2, 3};
            case 11 -> new int[] {8, 6, 8};
            default ->
                step % 7 == 6 ? IntStream.range(0, texts).map(i -> i / 2 * 2).toArray() : null;
        };
    }

    /** Runs a decoding, which chooses its own tokens; text i takes the token of rank i modulo 3, so that copies differ. */
    private static List<double[]> run(Decoding decoding, int longest, List<int[]> chosen) {
        RandomStream random = new RandomStream(SEED, 0, 0, 0);
        List<double[]> scores = new ArrayList<>();
        decoding.begin(prompts(longest, random));
        for (int step = 0; step < STEPS; step++) {
            double[] all = GoldenFixture.numbers(decoding.scores());
            scores.add(all);
            int texts = all.length / WORDS;
            int[] ids = new int[texts];
            Arrays.setAll(ids, text -> ranked(all, text, text % 3));
            chosen.add(ids);
            decoding.append(ids);
            int[] numbers = selection(step, texts);
            if (numbers != null) {
                decoding.select(numbers);
            }
        }
        return scores;
    }

    private static int ranked(double[] scores, int text, int rank) {
        return IntStream.range(0, WORDS)
                .boxed()
                .sorted((a, b) -> Double.compare(scores[text * WORDS + b], scores[text * WORDS + a]))
                .skip(rank)
                .findFirst()
                .orElseThrow();
    }

    /** Texts grow beyond the first 64 positions, or from 128 positions to the last of the model. */
    @ParameterizedTest
    @CsvSource({"nd4j, DOUBLE, 60, 1e-10", "nd4j, DOUBLE, 120, 1e-10", "cpu, FLOAT, 60, 1e-4", "cpu, FLOAT, 120, 1e-4"})
    void keptKeysAndValuesGiveTheScoresAndTokensOfWholeTexts(
            String provider, DataType type, int longest, double tolerance) {
        try (Kernels kernels = KernelProviders.create(provider, type, Precision.FULL, 2);
                Bert model = model(kernels);
                Decoding cached = model.decoding(model.heads().get(0), true);
                Decoding recomputed = model.decoding(model.heads().get(0), false)) {
            List<int[]> expectedIds = new ArrayList<>();
            List<int[]> receivedIds = new ArrayList<>();
            List<double[]> expected = run(recomputed, longest, expectedIds);
            List<double[]> received = run(cached, longest, receivedIds);
            for (int step = 0; step < STEPS; step++) {
                assertArrayEquals(expectedIds.get(step), receivedIds.get(step), "step " + step);
                assertArrayEquals(expected.get(step), received.get(step), tolerance, "step " + step);
            }
            // Again, in memory that is as large as it gets: the same bits.
            List<double[]> again = run(cached, longest, new ArrayList<>());
            for (int step = 0; step < STEPS; step++) {
                assertArrayEquals(received.get(step), again.get(step), 0, "step " + step);
            }
        }
    }

    /** A text does not see the texts beside it. */
    @ParameterizedTest
    @CsvSource({"nd4j, DOUBLE", "cpu, FLOAT"})
    void otherTextsChangeNoScore(String provider, DataType type) {
        RandomStream random = new RandomStream(SEED, 1, 0, 0);
        Prompt prompt = Prompt.causal(ids(9, random));
        int[] ids = ids(5, random);
        try (Kernels kernels = KernelProviders.create(provider, type, Precision.FULL, 2);
                Bert model = model(kernels);
                Decoding decoding = model.decoding(model.heads().get(0), true)) {
            List<double[]> first = middle(decoding, prompt, ids, random);
            List<double[]> second = middle(decoding, prompt, ids, random);
            for (int step = 0; step < ids.length; step++) {
                assertArrayEquals(first.get(step), second.get(step), 0);
            }
        }
    }

    /** The scores of a text between two random ones of lengths that are the same each time. */
    private static List<double[]> middle(Decoding decoding, Prompt prompt, int[] ids, RandomStream random) {
        decoding.begin(List.of(Prompt.causal(ids(7, random)), prompt, Prompt.source(ids(12, random))));
        List<double[]> scores = new ArrayList<>();
        for (int id : ids) {
            scores.add(Arrays.copyOfRange(GoldenFixture.numbers(decoding.scores()), WORDS, 2 * WORDS));
            decoding.append(random.nextInt(WORDS), id, random.nextInt(WORDS));
        }
        return scores;
    }

    @Test
    void allMemoryIsFreed() {
        try (Kernels kernels = KernelProviders.create("cpu", DataType.FLOAT);
                Bert model = model(kernels)) {
            for (boolean cached : new boolean[] {true, false}) {
                OffHeap.assertAllClosed(() -> {
                    Decoding decoding = model.decoding(model.heads().get(0), cached);
                    run(decoding, 60, new ArrayList<>());
                    decoding.begin(List.of(Prompt.causal(1)));
                    decoding.close();
                });
            }
        }
    }

    /** The same kernels, with another amount of free memory. */
    private static Kernels withMemory(Kernels kernels, LongSupplier bytes) {
        return (Kernels) Proxy.newProxyInstance(
                Kernels.class.getClassLoader(), new Class<?>[] {Kernels.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("freeMemory")) {
                        return new FreeMemory(bytes.getAsLong(), "the test's machine");
                    }
                    try {
                        return method.invoke(kernels, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    /** 64 positions of 24 keys and 24 values in 3 layers take 36,864 bytes. */
    @Test
    void keysAndValuesThatDoNotFitAreRefusedBeforeTheyAreAllocated() {
        AtomicLong free = new AtomicLong(1L << 30);
        try (Kernels kernels = withMemory(KernelProviders.create("cpu", DataType.FLOAT), free::get);
                Bert model = model(kernels);
                Decoding decoding = model.decoding(model.heads().get(0), true)) {
            free.set(36_863);
            String message = assertThrows(BackendException.class, () -> decoding.begin(List.of(Prompt.causal(2))))
                    .getMessage();
            assertTrue(message.contains("1 of up to 64 tokens need 0.0 MB"), message);
            assertThrows(IllegalStateException.class, decoding::scores);
            free.set(36_864);
            decoding.begin(List.of(Prompt.causal(2)));
            free.set(0);
            decoding.select(0);
            for (int length = 1; length < 64; length++) {
                decoding.append(3);
            }
            assertThrows(BackendException.class, () -> decoding.append(3));
            assertThrows(IllegalStateException.class, decoding::scores);
            free.set(1L << 30);
            decoding.begin(List.of(Prompt.causal(2)));
            assertEquals(WORDS, GoldenFixture.numbers(decoding.scores()).length);
        }
    }

    @Test
    void theLastPositionIsUsed() {
        try (Kernels kernels = KernelProviders.create("cpu", DataType.FLOAT);
                Bert model = model(kernels);
                Decoding decoding = model.decoding(model.heads().get(0), true)) {
            decoding.begin(List.of(Prompt.causal(new int[POSITIONS])));
            double[] whole = GoldenFixture.numbers(decoding.scores());
            decoding.begin(List.of(Prompt.causal(new int[POSITIONS - 1])));
            decoding.append(0);
            assertArrayEquals(whole, GoldenFixture.numbers(decoding.scores()), 1e-4);
            assertEquals(WORDS, whole.length);
        }
    }
}
