package io.github.cloze4j.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.random.RandomStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Every operation of other kernels in float, here of the {@code cpu} kernels, against the {@code nd4j} kernels in double
 * precision on the same random numbers, at awkward sizes. What an operation must write is poisoned with NaN before.
 *
 * <p>Tolerance: {@code k} products of about normal numbers are summed in float; the error is some {@code √k · 2⁻²⁴} of the sum's own scale, {@code √k}. {@code 1e-5 · √k} leaves a factor of a hundred for the
 * extremes among a hundred thousand sums and for the operations that follow.
 */
class KernelParityTest {
    private static final DataType TYPE = DataType.FLOAT;
    private static final int ROOM = 1 << 22;

    /**
     * A few numbers may all fall near a zero of the function, and then their error, which is of the scale of what they
     * were computed from, is large beside their own norm. So many random ones never do; fewer are compared one by one only.
     */
    private static final int ENOUGH_FOR_A_NORM = 32;

    private final long seed = System.nanoTime();
    private final RandomStream random = new RandomStream(seed, 1, 0, 0);
    private final Kernels oracle = KernelProviders.create("nd4j", DataType.DOUBLE);
    private final Kernels tested = tested();
    private final Arena expectedArena = Arena.allocate(DataType.DOUBLE, ROOM);
    private final Arena receivedArena = Arena.allocate(TYPE, ROOM);
    private final List<Pair> pairs = new ArrayList<>();

    KernelParityTest() {
        System.err.println(getClass().getSimpleName() + " seed " + seed);
    }

    /** The kernels that are compared with the oracle's. */
    Kernels tested() {
        return KernelProviders.create("cpu", TYPE, Precision.FULL, 2);
    }

    @AfterEach
    void free() {
        expectedArena.close();
        receivedArena.close();
    }

    /** One operand: the oracle's and the tested kernels' copy. */
    private record Pair(INDArray expected, INDArray received) {}

    private INDArray in(long... shape) {
        return operand(() -> (float) random.nextGaussian(), shape);
    }

    /** Poisoned: the operation must write every element. */
    private INDArray out(long... shape) {
        return operand(() -> Float.NaN, shape);
    }

    private interface Draw {
        float next();
    }

    private INDArray operand(Draw draw, long... shape) {
        Pair pair = new Pair(expectedArena.take(shape), receivedArena.take(shape));
        float[] values = new float[(int) pair.expected().length()];
        for (int i = 0; i < values.length; i++) {
            values[i] = draw.next();
        }
        write(oracle, pair.expected(), values);
        write(tested, pair.received(), values);
        pairs.add(pair);
        return pair.expected();
    }

    private static void write(Kernels kernels, INDArray array, float[] values) {
        ByteBuffer bytes = bytesOf(array);
        for (float value : values) {
            if (array.dataType() == DataType.DOUBLE) {
                bytes.putDouble(value);
            } else {
                bytes.putFloat(value);
            }
        }
        kernels.upload(bytes.flip(), array);
    }

    private static double[] read(Kernels kernels, INDArray array) {
        ByteBuffer bytes = bytesOf(array);
        kernels.download(array, bytes);
        double[] values = new double[(int) array.length()];
        for (int i = 0; i < values.length; i++) {
            values[i] = array.dataType() == DataType.DOUBLE ? bytes.getDouble() : bytes.getFloat();
        }
        return values;
    }

    private static float[] floats(double[] values) {
        float[] floats = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            floats[i] = (float) values[i];
        }
        return floats;
    }

    private static ByteBuffer bytesOf(INDArray array) {
        return ByteBuffer.allocate((int) array.length() * array.dataType().width())
                .order(ByteOrder.nativeOrder());
    }

    private INDArray received(INDArray expected) {
        return pairs.stream()
                .filter(pair -> pair.expected() == expected)
                .findFirst()
                .orElseThrow()
                .received();
    }

    /** Finds, for an operand as the test names it, the one of the kernels that run. */
    private interface Operands {
        INDArray of(INDArray operand);

        default @Nullable INDArray ofNullable(@Nullable INDArray operand) {
            return operand == null ? null : of(operand);
        }
    }

    private void run(BiConsumer<Kernels, Operands> operation) {
        operation.accept(oracle, operand -> operand);
        operation.accept(tested, this::received);
    }

    /** All operands, not only results: inputs must stay as they were. */
    private void assertAllAgree(int k, INDArray... except) {
        double tolerance = 1e-5 * Math.sqrt(k);
        int index = 0;
        for (Pair pair : pairs) {
            if (Arrays.stream(except).noneMatch(operand -> operand == pair.expected())) {
                double[] expected = read(oracle, pair.expected());
                double[] received = read(tested, pair.received());
                assertAgrees("operand " + index, expected, received, tolerance);
                if (expected.length >= ENOUGH_FOR_A_NORM) {
                    double relative = relativeError(expected, received);
                    assertTrue(relative <= 1e-5, "relative norm of the error, operand " + index + ": " + relative);
                }
            }
            index++;
        }
    }

    /** ‖received − expected‖ ÷ ‖expected‖; 0 where both are 0. */
    private static double relativeError(double[] expected, double[] received) {
        double error = 0;
        double norm = 0;
        for (int i = 0; i < expected.length; i++) {
            error += (received[i] - expected[i]) * (received[i] - expected[i]);
            norm += expected[i] * expected[i];
        }
        return error == 0 ? 0 : Math.sqrt(error / norm);
    }

    private static void assertAgrees(String what, double[] expected, double[] received, double tolerance) {
        for (int i = 0; i < expected.length; i++) {
            double allowed = tolerance * Math.max(1, Math.abs(expected[i]));
            // Written so that NaN is wrong.
            assertTrue(
                    Math.abs(expected[i] - received[i]) <= allowed,
                    what + "[" + i + "] expected " + expected[i] + ", received " + received[i]);
        }
    }

    static Stream<int[]> shapes() {
        return Stream.of(
                new int[] {1, 1, 1},
                new int[] {7, 13, 5},
                new int[] {13, 7, 207},
                new int[] {207, 64, 13},
                new int[] {300, 24, 777},
                new int[] {11, 300, 777},
                new int[] {32, 300, 777},
                new int[] {257, 513, 3});
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void products(int[] shape) {
        int m = shape[0];
        int k = shape[1];
        int n = shape[2];
        INDArray a = in(m, k);
        INDArray aTransposed = in(k, m);
        INDArray b = in(k, n);
        INDArray bTransposed = in(n, k);
        INDArray plain = out(m, n);
        INDArray scaled = in(m, n);
        INDArray left = in(m, n);
        run((kernels, of) -> {
            kernels.gemm(false, false, 1, of.of(a), of.of(b), 0, of.of(plain));
            kernels.gemm(false, true, 0.5, of.of(a), of.of(bTransposed), 2, of.of(scaled));
            kernels.gemm(true, false, -1, of.of(aTransposed), of.of(b), 1, of.of(left));
        });
        assertAllAgree(k);
    }

    /** Each operand in turn is some columns of a wider matrix, whose other columns stay as they are; then all three are. */
    @ParameterizedTest
    @MethodSource("shapes")
    void productsOfColumns(int[] shape) {
        int m = shape[0];
        int k = shape[1];
        int n = shape[2];
        INDArray a = in(m, k);
        INDArray wideA = in(m, k + 5);
        INDArray wideATransposed = in(k, m + 17);
        INDArray b = in(k, n);
        INDArray wideB = in(k, n + 3);
        INDArray wideBTransposed = in(n, k + 16);
        INDArray ofA = out(m, n);
        INDArray ofB = in(m, n);
        INDArray intoC = in(m, n + 6);
        INDArray ofAll = in(m, 2 * n + 1);
        run((kernels, of) -> {
            kernels.gemm(false, false, 1, Arena.columns(of.of(wideA), 5, k), of.of(b), 0, of.of(ofA));
            kernels.gemm(false, true, 1, of.of(a), Arena.columns(of.of(wideBTransposed), 16, k), 1, of.of(ofB));
            kernels.gemm(false, false, 1, of.of(a), of.of(b), 0, Arena.columns(of.of(intoC), 2, n));
            kernels.gemm(
                    true,
                    false,
                    0.5,
                    Arena.columns(of.of(wideATransposed), 1, m),
                    Arena.columns(of.of(wideB), 0, n),
                    1,
                    Arena.columns(of.of(ofAll), n, n));
        });
        assertAllAgree(k);
    }

    @ParameterizedTest
    @CsvSource({"GELU,7,13", "TANH,257,96", "RELU,1,1"})
    void activationsOfWhatWasAddedTo(Activation activation, int tokens, int out) {
        INDArray bias = in(out);
        INDArray z = in(tokens, out);
        INDArray y = out(tokens, out);
        run((kernels, of) -> kernels.biasActivation(of.of(bias), activation, of.of(z), of.of(y)));
        assertAllAgree(1);
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, 0.3})
    void dropoutThatIsAdded(double probability) {
        INDArray x = in(137, 91);
        INDArray y = in(137, 91);
        run((kernels, of) -> kernels.addDropout(new Dropout(probability, seed, 4, 40_000), of.of(x), of.of(y)));
        assertAllAgree(1);
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void linearLayers(int[] shape) {
        int tokens = shape[0];
        int in = shape[1];
        int out = shape[2];
        INDArray x = in(tokens, in);
        INDArray weight = in(out, in);
        INDArray bias = in(out);
        INDArray y = out(tokens, out);
        INDArray dy = in(tokens, out);
        INDArray dx = out(tokens, in);
        INDArray added = in(tokens, in);
        INDArray derivative = in(tokens, in);
        INDArray dz = out(tokens, in);
        INDArray dWeight = in(out, in);
        INDArray dBias = in(out);
        run((kernels, of) -> {
            kernels.linear(of.of(x), of.of(weight), of.of(bias), of.of(y));
            kernels.linearBackward(of.of(x), of.of(dy), of.of(weight), 0, of.of(dx), of.of(dWeight), of.of(dBias));
            kernels.linearBackward(of.of(x), of.of(dy), of.of(weight), 1, of.of(added), of.of(dWeight), of.of(dBias));
            kernels.linearBackward(
                    of.of(x), of.of(dy), of.of(weight), of.of(derivative), of.of(dz), of.of(dWeight), of.of(dBias));
        });
        assertAllAgree(Math.max(tokens, Math.max(in, out)));
    }

    @ParameterizedTest
    @CsvSource({
        "GELU, 1, 1",
        "GELU, 13, 207",
        "GELU, 300, 1031",
        "GELU_TANH, 7, 13",
        "GELU_TANH, 257, 600",
        "TANH, 13, 207",
        "RELU, 13, 207",
        "RELU6, 13, 207",
        "RELU_SQUARED, 13, 207",
        "LEAKY_RELU, 13, 207",
        "SIGMOID, 13, 207",
        "SILU, 13, 207",
        "QUICK_GELU, 13, 207",
        "HARDSWISH, 13, 207",
        "MISH, 13, 207",
        "GELU_10, 13, 207",
        "LAPLACE, 13, 207",
        "LINEAR, 13, 207"
    })
    void linearLayersWithActivation(Activation activation, int tokens, int out) {
        INDArray x = in(tokens, 3);
        INDArray weight = in(out, 3);
        INDArray bias = in(out);
        INDArray derivative = out(tokens, out);
        INDArray y = out(tokens, out);
        run((kernels, of) -> kernels.linearActivation(
                of.of(x), of.of(weight), of.of(bias), activation, of.of(derivative), of.of(y)));
        assertAllAgree(1);
    }

    @ParameterizedTest
    @MethodSource("activations")
    void activationsAreCloseEverywhere(Activation activation) {
        int length = 40_001;
        INDArray x = operand(
                new Draw() {
                    private int i;

                    @Override
                    public float next() {
                        return (i++ - length / 2) * 1e-3f;
                    }
                },
                length,
                1);
        INDArray one = operand(() -> 1, 1, 1);
        INDArray zero = operand(() -> 0, 1);
        INDArray derivative = out(length, 1);
        INDArray y = out(length, 1);
        run((kernels, of) ->
                kernels.linearActivation(of.of(x), of.of(one), of.of(zero), activation, of.of(derivative), of.of(y)));
        double[] expected = read(oracle, y);
        double[] received = read(tested, received(y));
        double[] at = read(oracle, x);
        for (int i = 0; i < length; i++) {
            // Two units in the last place of the distribution function, times x; of a square, of the square itself.
            double scale = activation == Activation.RELU_SQUARED ? expected[i] : Math.abs(at[i]);
            assertEquals(expected[i], received[i], 3e-7 * Math.max(1, scale), "at " + at[i]);
        }
        // With tanh, 1 − t² has twice the error of t, three units in the last place, times x · u'(x) / 2, at most 14.
        double tolerance = activation == Activation.GELU_TANH ? 6e-6 : 2e-6;
        assertAgrees("derivative", read(oracle, derivative), read(tested, received(derivative)), tolerance);
    }

    static Stream<Activation> activations() {
        return Stream.of(Activation.values());
    }

    @ParameterizedTest
    @CsvSource({"1, 7, 0.1, true", "7, 13, 0, true", "207, 24, 0.5, true", "300, 128, 0.1, false", "5, 20000, 0.1, true"
    })
    void layerNorms(int tokens, int hidden, double probability, boolean withResidual) {
        Dropout dropout = new Dropout(probability, seed, 3, 2);
        INDArray x = in(tokens, hidden);
        INDArray residual = withResidual ? in(tokens, hidden) : null;
        INDArray gamma = in(hidden);
        INDArray beta = in(hidden);
        INDArray normalized = out(tokens, hidden);
        INDArray inverse = out(tokens);
        INDArray y = out(tokens, hidden);
        INDArray dy = in(tokens, hidden);
        INDArray dResidual = withResidual ? out(tokens, hidden) : null;
        INDArray dx = out(tokens, hidden);
        INDArray dGamma = in(hidden);
        INDArray dBeta = in(hidden);
        run((kernels, of) -> {
            kernels.residualLayerNorm(
                    of.of(x),
                    of.ofNullable(residual),
                    dropout,
                    of.of(gamma),
                    of.of(beta),
                    1e-12,
                    of.of(normalized),
                    of.of(inverse),
                    of.of(y));
            kernels.residualLayerNormBackward(
                    of.of(dy),
                    of.of(gamma),
                    of.of(normalized),
                    of.of(inverse),
                    dropout,
                    of.ofNullable(dResidual),
                    of.of(dx),
                    of.of(dGamma),
                    of.of(dBeta));
            // In place.
            kernels.residualLayerNormBackward(
                    of.of(dy),
                    of.of(gamma),
                    of.of(normalized),
                    of.of(inverse),
                    dropout,
                    of.ofNullable(dResidual),
                    of.of(dy),
                    of.of(dGamma),
                    of.of(dBeta));
        });
        assertAllAgree(Math.max(tokens, hidden));
    }

    static Stream<List<Integer>> documents() {
        return Stream.of(
                List.of(0, 1),
                List.of(0, 1, 3, 16),
                List.of(0, 13, 20, 41, 47, 48),
                List.of(0, 128, 256),
                List.of(0, 207));
    }

    @ParameterizedTest
    @MethodSource("documents")
    void attentionWithinDocuments(List<Integer> documents) {
        attention(documents, false);
    }

    /** Every mixture of long documents too. */
    @Tag("heavy")
    @ParameterizedTest
    @MethodSource("documents")
    void attentionWithinDocumentsOfEveryVisibility(List<Integer> documents) {
        attention(documents, true);
    }

    private void attention(List<Integer> documents, boolean all) {
        int[] offsets = documents.stream().mapToInt(Integer::intValue).toArray();
        for (int[] heads : new int[][] {{1, 7}, {3, 8}}) {
            for (double probability : new double[] {0, 0.3}) {
                for (Documents visible : all ? Visibility.all(offsets, random) : Visibility.some(offsets, random)) {
                    attention(visible, heads[0], heads[0] * heads[1], probability);
                }
            }
        }
        assertAllAgree(Documents.bidirectional(offsets).longest());
    }

    private void attention(Documents documents, int heads, int hidden, double probability) {
        int tokens = documents.tokens();
        long room = (long) heads * tokens * documents.longest();
        Dropout dropout = new Dropout(probability, seed, 1, 1);
        INDArray qkv = in(tokens, 3L * hidden);
        INDArray context = out(tokens, hidden);
        INDArray dContext = in(tokens, hidden);
        INDArray dQkv = out(tokens, 3L * hidden);
        INDArray oracleProbabilities = expectedArena.take(room);
        INDArray testedProbabilities = receivedArena.take(room);
        run((kernels, of) -> {
            INDArray probabilities = kernels == oracle ? oracleProbabilities : testedProbabilities;
            kernels.attention(of.of(qkv), documents, heads, dropout, probabilities, of.of(context));
            kernels.attentionBackward(
                    of.of(dContext), of.of(qkv), documents, heads, dropout, probabilities, of.of(dQkv));
        });
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "33, 2", "7, 13", "13, 2047", "5, 2049", "3, 30522"})
    void crossEntropies(int rows, int vocabulary) {
        INDArray logits = in(rows, vocabulary);
        int[] labels = new int[rows];
        for (int i = 0; i < rows; i++) {
            labels[i] = random.nextInt(vocabulary);
        }
        LossSum[] sums = new LossSum[2];
        run((kernels, of) -> sums[kernels == oracle ? 0 : 1] =
                kernels.crossEntropy(of.of(logits), labels, 0.25).read());
        assertEquals(sums[0].sum(), sums[1].sum(), 1e-5 * Math.max(1, sums[0].sum()));
        assertEquals(sums[0].correct(), sums[1].correct());
        assertAllAgree(1);
    }

    @Test
    void crossEntropyOfHugeLogitsAndOfNotANumber() {
        INDArray logits = receivedArena.take(2, 3);
        write(tested, logits, new float[] {2000, 0, 0, 0, 0, 5});
        assertEquals(
                2000 + Math.log(2 * Math.exp(-5) + 1),
                tested.crossEntropy(logits, new int[] {1, 2}, 1).read().sum(),
                1e-3);
        write(tested, logits, new float[] {1, 0, 0, 0, Float.NaN, 5});
        assertTrue(Double.isNaN(
                tested.crossEntropy(logits, new int[] {1, 2}, 1).read().sum()));
    }

    /** The gradient of a label that is impossible is finite by itself; the norm would not tell. */
    @Test
    void aLossThatIsNotFiniteShowsInTheGradientOfItsRowAlone() {
        INDArray logits = operand(() -> 0, 3, 40);
        float[] values = new float[3 * 40];
        values[40 + 5] = Float.NEGATIVE_INFINITY;
        for (Kernels kernels : List.of(oracle, tested)) {
            INDArray own = kernels == oracle ? logits : received(logits);
            write(kernels, own, values);
            double loss =
                    kernels.crossEntropy(own, new int[] {5, 5, 5}, 1).read().sum();
            assertEquals(Double.POSITIVE_INFINITY, loss, kernels.name());
            double[] gradient = read(kernels, own);
            assertTrue(Double.isNaN(gradient[40 + 5]), kernels.name());
            for (int row : new int[] {0, 2}) {
                for (int i = 0; i < 40; i++) {
                    assertEquals(1.0 / 40 - (i == 5 ? 1 : 0), gradient[row * 40 + i], 1e-6, kernels.name());
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
    void afterAGradientThatIsNotFiniteNoStepChangesAnything(float broken) {
        int length = 1025;
        INDArray value = in(length);
        INDArray first = in(length);
        INDArray second = operand(() -> 1, length);
        INDArray gradient = in(length);
        INDArray more = in(length);
        for (Kernels kernels : List.of(oracle, tested)) {
            List<INDArray> own = Stream.of(value, first, second, gradient, more)
                    .map(operand -> kernels == oracle ? operand : received(operand))
                    .toList();
            double[] gradients = read(kernels, own.get(3));
            gradients[700] = broken;
            write(kernels, own.get(3), floats(gradients));
            List<double[]> before =
                    own.stream().map(array -> read(kernels, array)).toList();
            for (double maxNorm : new double[] {0, 1}) {
                Clipping clipping = new Clipping(kernels.squaredNorm(own.get(3)), maxNorm, 1e-6);
                AdamWStep step = new AdamWStep(1e-2, 0.9, 0.98, 1e-6, 0.01, 3, true, clipping);
                kernels.adamW(own.get(0), own.get(3), own.get(1), own.get(2), step);
                assertTrue(Double.isNaN(clipping.factor()), kernels.name());
            }
            for (int i = 0; i < own.size(); i++) {
                assertArrayEquals(before.get(i), read(kernels, own.get(i)), kernels.name() + " " + i);
            }
        }
    }

    /** A norm of other kernels, or of long ago, clips as well. */
    @Test
    void aNormThatTheHostKnowsClipsTheSame() {
        double[][] values = new double[2][];
        INDArray gradient = in(300);
        for (int i = 0; i < 2; i++) {
            INDArray value = receivedArena.take(300);
            INDArray own = receivedArena.take(300);
            write(tested, value, new float[300]);
            write(tested, own, floats(read(tested, received(gradient))));
            Pending<Double> norm = tested.squaredNorm(own);
            Clipping clipping = new Clipping(i == 0 ? norm : Pending.of(norm.read()), 1, 1e-6);
            INDArray moments = receivedArena.take(300);
            write(tested, moments, new float[300]);
            INDArray squares = receivedArena.take(300);
            write(tested, squares, new float[300]);
            tested.adamW(value, own, moments, squares, new AdamWStep(1, 0.9, 0.9, 1, 0, 1, true, clipping));
            values[i] = read(tested, value);
        }
        assertArrayEquals(values[0], values[1]);
        assertTrue(values[0][0] != 0);
    }

    @Test
    void resultsCanBeReadAtAnyTimeAndAskedForInPieces() {
        List<Pending<Double>> sums = new ArrayList<>();
        INDArray x = receivedArena.take(1);
        for (int i = 0; i < 3000; i++) {
            write(tested, x, new float[] {i % 1000});
            sums.add(i % 3 == 0 ? tested.asGraph(() -> tested.squaredNorm(x)) : tested.squaredNorm(x));
        }
        for (int i = 0; i < 3000; i++) {
            assertEquals((double) (i % 1000) * (i % 1000), sums.get(i).read(), 0, "result " + i);
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 1, 1", "7, 13, 5", "207, 24, 11", "300, 129, 30"})
    void rowsByIndex(int tokens, int hidden, int words) {
        INDArray table = in(words, hidden);
        INDArray positions = in(40, hidden);
        INDArray types = in(2, hidden);
        INDArray y = out(tokens, hidden);
        INDArray dTable = in(words, hidden);
        INDArray dPositions = in(40, hidden);
        INDArray dTypes = in(2, hidden);
        int[] ids = indices(tokens, words);
        int[] positionIds = indices(tokens, 40);
        int[] typeIds = indices(tokens, 2);
        int[] picked = {tokens - 1, 0};
        int pickedCount = tokens == 1 ? 1 : 2;
        int[] rows = Arrays.copyOf(picked, pickedCount);
        INDArray gathered = out(pickedCount, hidden);
        INDArray scattered = out(tokens, hidden);
        run((kernels, of) -> {
            kernels.embeddingSum(ids, positionIds, typeIds, of.of(table), of.of(positions), of.of(types), of.of(y));
            kernels.embeddingSumBackward(
                    ids, positionIds, typeIds, of.of(y), of.of(dTable), of.of(dPositions), of.of(dTypes));
            kernels.gatherRows(of.of(y), rows, of.of(gathered));
            kernels.gatherRowsBackward(of.of(gathered), rows, of.of(scattered));
        });
        assertAllAgree(tokens);
    }

    private int[] indices(int count, int bound) {
        int[] indices = new int[count];
        for (int i = 0; i < count; i++) {
            indices[i] = random.nextInt(bound);
        }
        return indices;
    }

    @ParameterizedTest
    @CsvSource({"1,true", "1,false", "7,true", "207,false", "1025,true", "70001,true", "70001,false"})
    void flatMemory(int length, boolean correctsBias) {
        INDArray value = in(length);
        INDArray gradient = in(length);
        INDArray first = in(length);
        INDArray second = operand(() -> (float) Math.abs(random.nextGaussian()), length);
        INDArray x = in(length);
        INDArray y = in(length);
        INDArray zeros = out(length);
        INDArray dropped = in(length);
        double[] norms = new double[2];
        double maxNorm = 0.7 * Math.sqrt(length);
        run((kernels, of) -> {
            Pending<Double> squaredNorm = kernels.squaredNorm(of.of(gradient));
            Clipping clipping = new Clipping(squaredNorm, maxNorm, 1e-6);
            AdamWStep step = new AdamWStep(1e-2, 0.9, 0.98, 1e-6, 0.01, 3, correctsBias, clipping);
            kernels.adamW(of.of(value), of.of(gradient), of.of(first), of.of(second), step);
            norms[kernels == oracle ? 0 : 1] = squaredNorm.read();
            kernels.multiply(of.of(x), of.of(y));
            kernels.zero(of.of(zeros));
            kernels.dropout(new Dropout(0.3, seed, 9, 9), of.of(dropped));
        });
        assertEquals(norms[0], norms[1], 1e-6 * norms[0]);
        assertAllAgree(1);
        assertArrayEquals(new double[length], read(tested, received(gradient)), "a gradient is left 0");
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "7, 13", "13, 7", "24, 24", "50, 129", "200, 31"})
    void muonSteps(int out, int in) {
        // A second matrix of another shape shares the memory.
        long[][] shapes = {{out, in}, {9, 4}};
        List<MuonMatrix> matrices = new ArrayList<>();
        for (long[] shape : shapes) {
            matrices.add(new MuonMatrix(in(shape), in(shape), in(shape), 0.5));
        }
        long most = Math.max(oracle.muonScratch(List.of(shapes)), tested.muonScratch(List.of(shapes)));
        INDArray scratch = out(most);
        double maxNorm = 0.7 * Math.sqrt(out * in);
        run((kernels, of) -> {
            List<MuonMatrix> own = matrices.stream()
                    .map(matrix -> new MuonMatrix(
                            of.of(matrix.value()), of.of(matrix.gradient()), of.of(matrix.momentum()), 0.5))
                    .toList();
            Clipping clipping = new Clipping(kernels.squaredNorm(own.get(0).gradient()), maxNorm, 1e-6);
            kernels.muon(own, of.of(scratch), new MuonStep(1e-2, 0.95, 0.1, clipping));
        });
        assertAllAgree(1, scratch);
        for (MuonMatrix matrix : matrices) {
            double[] gradient = read(tested, received(matrix.gradient()));
            assertArrayEquals(new double[gradient.length], gradient, "a gradient is left 0");
        }
    }

    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY})
    void afterAGradientThatIsNotFiniteNoStepOfMuonChangesAnything(float broken) {
        for (Kernels kernels : List.of(oracle, tested)) {
            List<INDArray> own = Stream.of(in(20, 30), in(20, 30), in(20, 30))
                    .map(operand -> kernels == oracle ? operand : received(operand))
                    .toList();
            double[] gradients = read(kernels, own.get(1));
            gradients[70] = broken;
            write(kernels, own.get(1), floats(gradients));
            List<double[]> before =
                    own.stream().map(array -> read(kernels, array)).toList();
            List<MuonMatrix> matrices = List.of(new MuonMatrix(own.get(0), own.get(1), own.get(2), 1));
            INDArray scratch = out(kernels.muonScratch(MuonMatrix.shapes(matrices)));
            Clipping clipping = new Clipping(kernels.squaredNorm(own.get(1)), 1, 1e-6);
            kernels.muon(
                    matrices, kernels == oracle ? scratch : received(scratch), new MuonStep(1e-2, 0.95, 0.1, clipping));
            for (int i = 0; i < own.size(); i++) {
                assertArrayEquals(before.get(i), read(kernels, own.get(i)), kernels.name() + " " + i);
            }
        }
    }

    /** The update of a gradient that is 0, as of parameters that no text reaches, is 0 and not 0 / 0. */
    @Test
    void aGradientOfZerosMovesNothing() {
        for (Kernels kernels : List.of(oracle, tested)) {
            INDArray value = kernels == oracle ? in(6, 4) : received(in(6, 4));
            INDArray zeros = kernels == oracle ? out(6, 4) : received(out(6, 4));
            INDArray momentum = kernels == oracle ? out(6, 4) : received(out(6, 4));
            kernels.zero(zeros);
            kernels.zero(momentum);
            double[] before = read(kernels, value);
            List<MuonMatrix> matrices = List.of(new MuonMatrix(value, zeros, momentum, 1));
            INDArray scratch = out(kernels.muonScratch(MuonMatrix.shapes(matrices)));
            kernels.muon(
                    matrices,
                    kernels == oracle ? scratch : received(scratch),
                    new MuonStep(1e-2, 0.95, 0, Clipping.NONE));
            assertArrayEquals(before, read(kernels, value), kernels.name());
        }
    }

    @Test
    void uploadAndDownloadKeepEveryBit() {
        INDArray x = receivedArena.take(5);
        ByteBuffer bytes = ByteBuffer.allocate(5 * Float.BYTES).order(ByteOrder.nativeOrder());
        for (int i = 0; i < 5; i++) {
            bytes.putFloat((float) random.nextGaussian());
        }
        tested.upload(bytes.flip(), x);
        ByteBuffer back = ByteBuffer.allocate(5 * Float.BYTES);
        tested.download(x, back);
        assertEquals(bytes, back);
    }
}
