package io.github.cloze4j.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.kernel.KernelProviders;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.model.head.ClassifierHead;
import io.github.cloze4j.model.head.LanguageModelHead;
import io.github.cloze4j.nn.Initial;
import io.github.cloze4j.nn.LayerNorm;
import io.github.cloze4j.nn.Parameter;
import io.github.cloze4j.nn.ParameterLayout;
import io.github.cloze4j.nn.ParameterStore;
import io.github.cloze4j.random.RandomStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ForkJoinPool;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;

class InitializationTest {
    private static final BertConfig CONFIG = BertConfig.builder(400)
            .numHiddenLayers(2)
            .hiddenSize(64)
            .numAttentionHeads(2)
            .build();
    private static final double DEVIATION = CONFIG.initializerRange();

    private static Bert model(long seed, Initialization initialization) {
        Bert model =
                new Bert(CONFIG, List.of(LanguageModelHead.MASKED), KernelProviders.create("nd4j", DataType.DOUBLE));
        model.initialize(seed, initialization);
        return model;
    }

    private static double[] values(Parameter parameter) {
        return parameter.value().reshape(parameter.length()).toDoubleVector();
    }

    private static double[] weights(long seed, Initialization initialization, int from) {
        try (Bert model = model(seed, initialization)) {
            return model.parameters().parameters().stream()
                    .filter(Parameter::decayed)
                    .flatMapToDouble(parameter -> Arrays.stream(values(parameter))
                            .skip(parameter.name().contains("word_embeddings") ? from : 0))
                    .sorted()
                    .toArray();
        }
    }

    @Test
    void truncatedNormalIsTheNormalWithinTwoDeviations() {
        long seed = System.nanoTime();
        double[] weights = weights(seed, Initialization.TRUNCATED_NORMAL, 0);

        assertTrue(weights[0] >= -2 * DEVIATION && weights[weights.length - 1] <= 2 * DEVIATION, "seed " + seed);
        double within = normal(2) - normal(-2);
        assertDistribution(weights, x -> (normal(x / DEVIATION) - normal(-2)) / within, seed);
        // TensorFlow's variance_scaling corrects its deviation by this number; its truncated_normal does not.
        double variance = Arrays.stream(weights).map(x -> x * x).average().orElseThrow();
        assertEquals(0.87962566, Math.sqrt(variance) / DEVIATION, 0.005, "seed " + seed);
    }

    @Test
    void normalIsTheNormal() {
        long seed = System.nanoTime();
        double[] weights = weights(seed, Initialization.NORMAL, CONFIG.hiddenSize());

        assertDistribution(weights, x -> normal(x / DEVIATION), seed);
        assertTrue(weights[0] < -3 * DEVIATION && weights[weights.length - 1] > 3 * DEVIATION, "seed " + seed);
    }

    /** Kolmogorov and Smirnov's distance, whose bound is exceeded once in 10^7 times. */
    private static void assertDistribution(double[] sorted, DoubleUnaryOperator distribution, long seed) {
        double farthest = 0;
        // Of so many, every hundredth is close enough.
        for (int i = 0; i < sorted.length; i += 100) {
            farthest = Math.max(farthest, Math.abs(distribution.applyAsDouble(sorted[i]) - (i + 0.5) / sorted.length));
        }
        assertTrue(farthest < 2.9 / Math.sqrt(sorted.length), farthest + " of " + sorted.length + ", seed " + seed);
    }

    /** The normal distribution function, by Simpson's rule from 0. */
    private static double normal(double x) {
        int intervals = 200;
        double h = x / intervals;
        double sum = 0;
        for (int i = 0; i <= intervals; i++) {
            double weight = i == 0 || i == intervals ? 1 : i % 2 == 1 ? 4 : 2;
            sum += weight * Math.exp(-0.5 * (i * h) * (i * h));
        }
        return 0.5 + sum * h / 3 / Math.sqrt(2 * Math.PI);
    }

    @ParameterizedTest
    @EnumSource(Initialization.class)
    void onlyHuggingFaceZeroesThePaddingAndNeitherDrawsBiases(Initialization initialization) {
        try (Bert model = model(3, initialization)) {
            for (Parameter parameter : model.parameters().parameters()) {
                double[] values = values(parameter);
                if (parameter.name().endsWith("LayerNorm.weight")) {
                    assertTrue(Arrays.stream(values).allMatch(x -> x == 1), parameter.name());
                } else if (!parameter.decayed()) {
                    assertTrue(Arrays.stream(values).allMatch(x -> x == 0), parameter.name());
                } else if (parameter.name().contains("word_embeddings")) {
                    boolean zero =
                            Arrays.stream(values).limit(CONFIG.hiddenSize()).allMatch(x -> x == 0);
                    assertEquals(initialization == Initialization.NORMAL, zero);
                }
            }
        }
    }

    /** As the purpose that tells the draws of initial weights apart. */
    private static final long PURPOSE = 0x494e4954;

    /** The words are more than are drawn at once. */
    @ParameterizedTest
    @EnumSource(Initialization.class)
    void anyNumberOfThreadsDrawsWhatOneStreamOfAParameterYieldsInItsOrder(Initialization initialization) {
        long seed = System.nanoTime();
        BertConfig shape = BertConfig.builder(17_000)
                .numHiddenLayers(1)
                .hiddenSize(64)
                .numAttentionHeads(2)
                .build();
        Kernels kernels = KernelProviders.create("nd4j", DataType.DOUBLE);
        try (Bert model = new Bert(shape, List.of(LanguageModelHead.MASKED, ClassifierHead.ofPairs("nsp")), kernels)) {
            List<Parameter> parameters = model.parameters().parameters();
            List<double[]> expected = new ArrayList<>();
            for (int place = 0; place < parameters.size(); place++) {
                RandomStream random = new RandomStream(seed, PURPOSE, place, 0);
                boolean hasPadding = initialization == Initialization.NORMAL && place == 0;
                expected.add(inOrder(parameters.get(place), random, initialization, hasPadding ? 64 : 0));
            }
            for (int threads : new int[] {1, 2, 3}) {
                model.parameters().kernels().zero(model.parameters().values().flat());
                ForkJoinPool pool = new ForkJoinPool(threads);
                try {
                    pool.submit(() -> model.initialize(seed, initialization)).join();
                } finally {
                    pool.shutdown();
                }
                for (int place = 0; place < parameters.size(); place++) {
                    Parameter parameter = parameters.get(place);
                    assertArrayEquals(
                            expected.get(place),
                            values(parameter),
                            parameter.name() + ", " + threads + " threads, seed " + seed);
                }
            }
        }
    }

    private static double[] inOrder(
            Parameter parameter, RandomStream random, Initialization initialization, int padding) {
        double[] values = new double[Math.toIntExact(parameter.length())];
        for (int i = padding; i < values.length; i++) {
            if (parameter.decayed()) {
                do {
                    values[i] = random.nextGaussian();
                } while (initialization == Initialization.TRUNCATED_NORMAL && Math.abs(values[i]) > 2);
                values[i] *= DEVIATION;
            } else {
                values[i] = parameter.name().endsWith("LayerNorm.weight") ? 1 : 0;
            }
        }
        return values;
    }

    /** A norm is a norm whatever it is called; today's names of BERT all end in {@code LayerNorm}. */
    @Test
    void initialValuesAreThoseOfTheDeclarationUnderAnyName() {
        Kernels kernels = KernelProviders.create("nd4j", DataType.DOUBLE);
        ParameterLayout layout = new ParameterLayout();
        new LayerNorm(layout, kernels, "ln_f", 3, 1e-12);
        layout.weight("LayerNorm.weight", Initial.ZEROS, 2, 3);
        layout.undecayed("scores", Initial.RANDOM, 100);
        layout.weight("table", Initial.RANDOM_BUT_PADDING, 2, 3);
        try (ParameterStore store = new ParameterStore(layout, kernels)) {
            new InitialWeights(store, 0.5, 7, Initialization.NORMAL).draw(name -> true);
            assertArrayEquals(new double[] {1, 1, 1}, values(store.parameter("ln_f.weight")));
            assertArrayEquals(new double[3], values(store.parameter("ln_f.bias")));
            assertArrayEquals(new double[6], values(store.parameter("LayerNorm.weight")));
            double[] scores = values(store.parameter("scores"));
            assertEquals(0.5, Math.sqrt(Arrays.stream(scores).map(x -> x * x).sum() / 100), 0.2);
            double[] table = values(store.parameter("table"));
            assertArrayEquals(new double[3], Arrays.copyOf(table, 3));
            assertTrue(table[3] != 0 && table[4] != 0 && table[5] != 0);
        }
    }

    @ParameterizedTest
    @EnumSource(Initialization.class)
    void weightsAreAFunctionOfTheSeed(Initialization initialization) {
        assertArrayEquals(weights(5, initialization, 0), weights(5, initialization, 0));
        assertTrue(!Arrays.equals(weights(5, initialization, 0), weights(6, initialization, 0)));
    }
}
