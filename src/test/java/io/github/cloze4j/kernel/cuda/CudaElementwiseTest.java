package io.github.cloze4j.kernel.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.cloze4j.kernel.Activation;
import io.github.cloze4j.kernel.Dropout;
import io.github.cloze4j.kernel.cuda.EmulatedDevice.Launch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.ndarray.INDArray;

/** {@code elementwise.cu}, emulated, against the {@code nd4j} kernels in double precision. */
@EnabledIf(value = EmulatedDevice.IS_AVAILABLE, disabledReason = EmulatedDevice.NEEDS)
class CudaElementwiseTest {
    private KernelFixture with;

    @BeforeEach
    void open() {
        with = new KernelFixture(getClass());
    }

    @AfterEach
    void close() {
        with.close();
    }

    /** A thread a column; rows are shared out among any number of blocks. */
    private Launch columnwise(int rows, int columns) {
        int threads = with.device.threads();
        return new Launch((columns + threads - 1) / threads, 1 + with.random.nextInt(rows), threads, 0);
    }

    private Launch flat() {
        return new Launch(1 + with.random.nextInt(7), with.device.threads());
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "7, 13", "207, 33", "13, 333"})
    void biases(int rows, int columns) {
        float[] y = with.normal(rows * columns);
        float[] bias = with.normal(columns);
        double[] expected = new double[y.length];
        for (int i = 0; i < y.length; i++) {
            expected[i] = (double) y[i] + bias[i % columns];
        }
        DeviceArray sum = DeviceArray.of(y);
        DeviceArray copy = DeviceArray.poisonedBf16(y.length);
        with.device.run("biasAdd", columnwise(rows, columns), sum, DeviceArray.of(bias), rows, columns, copy);
        KernelFixture.assertClose("y", expected, sum.floats());
        KernelFixture.assertCopied(sum, copy);
    }

    @ParameterizedTest
    @CsvSource({
        "GELU, 1, 1",
        "GELU, 13, 207",
        "GELU_TANH, 7, 13",
        "GELU_TANH, 129, 33",
        "TANH, 1, 1",
        "TANH, 13, 207",
        "RELU, 13, 33",
        "RELU6, 13, 33",
        "RELU_SQUARED, 13, 33",
        "LEAKY_RELU, 13, 33",
        "SIGMOID, 13, 33",
        "SILU, 13, 33",
        "QUICK_GELU, 13, 33",
        "HARDSWISH, 13, 33",
        "MISH, 13, 33",
        "GELU_10, 13, 33",
        "LAPLACE, 13, 33",
        "LINEAR, 13, 33"
    })
    void activations(Activation activation, int rows, int columns) {
        float[] product = with.normal(rows * columns);
        float[] bias = with.normal(columns);
        float[] identity = new float[columns * columns];
        for (int i = 0; i < columns; i++) {
            // Far out in the tails too, but not alone: what is almost 0 there has no norm to speak of.
            product[i] *= rows == 1 ? 1 : 8;
            identity[i * columns + i] = 1;
        }
        INDArray expectedDerivative = with.empty(rows, columns);
        INDArray expected = with.empty(rows, columns);
        with.oracle.linearActivation(
                with.array(product, rows, columns),
                with.array(identity, columns, columns),
                with.array(bias, columns),
                activation,
                expectedDerivative,
                expected);

        DeviceArray derivative = DeviceArray.of(product);
        DeviceArray y = DeviceArray.poisonedFloats(product.length);
        DeviceArray copy = DeviceArray.poisonedBf16(product.length);
        String kernel = LinearKernels.kernel(activation);
        with.device.run(kernel, columnwise(rows, columns), derivative, DeviceArray.of(bias), rows, columns, y, copy);
        with.assertClose("derivative", expectedDerivative, derivative);
        with.assertClose("y", expected, y);
        KernelFixture.assertCopied(y, copy);
    }

    @ParameterizedTest
    @CsvSource({"biasGelu", "biasGeluTanh", "biasRelu"})
    void activationsOfHugeNumbersAreFlat(String kernel) {
        DeviceArray derivative = DeviceArray.of(-1e30f, -40, 40, 1e30f);
        DeviceArray y = DeviceArray.poisonedFloats(4);
        with.device.run(kernel, new Launch(1, 32), derivative, DeviceArray.of(new float[4]), 1, 4, y, null);
        float[] values = y.floats();
        float[] slopes = derivative.floats();
        for (int i = 0; i < 2; i++) {
            assertEquals(0, values[i], 0f);
            assertEquals(0, slopes[i], 0f);
            assertEquals(1, slopes[2 + i], 0f);
        }
        assertEquals(40, values[2], 0f);
        assertEquals(1e30f, values[3], 0f);
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "7, 13", "300, 33", "5, 333"})
    void columnSumsAreBiasGradients(int rows, int columns) {
        float[] dy = with.normal(rows * columns);
        float[] dBias = with.normal(columns);
        INDArray expected = with.array(dBias, columns);
        with.oracle.linearBackward(
                with.array(new float[rows], rows, 1),
                with.array(dy, rows, columns),
                with.empty(columns, 1),
                0,
                with.empty(rows, 1),
                with.empty(columns, 1),
                expected);

        int parts = 1 + with.random.nextInt(9);
        int tiles = (columns + 31) / 32;
        Launch sumLaunch = new Launch(tiles, parts, with.device.threads(), 0);
        Launch addLaunch = new Launch(tiles, with.device.threads());
        DeviceArray first = DeviceArray.of(dBias);
        DeviceArray second = DeviceArray.of(dBias);
        for (DeviceArray sums : new DeviceArray[] {first, second}) {
            DeviceArray partialSums = DeviceArray.poisonedFloats(parts * columns);
            with.device.run("columnSums", sumLaunch, DeviceArray.of(dy), rows, columns, partialSums);
            with.device.run("addPartialSums", addLaunch, partialSums, parts, columns, columns, sums);
        }
        with.assertClose("dBias", expected, first);
        assertArrayEquals(first.content(), second.content(), "two runs, bit for bit");

        long length = (long) rows * columns;
        DeviceArray rounded = DeviceArray.poisonedBf16(rows * columns);
        DeviceArray widened = DeviceArray.poisonedFloats(rows * columns);
        with.device.run("toBf16", flat(), DeviceArray.of(dy), rounded, length);
        with.device.run("toFloat", flat(), rounded, widened, length);
        KernelFixture.assertCopied(widened, rounded);
        DeviceArray ofFloats = DeviceArray.poisonedFloats(parts * columns);
        DeviceArray ofBf16 = DeviceArray.poisonedFloats(parts * columns);
        with.device.run("columnSums", sumLaunch, widened, rows, columns, ofFloats);
        with.device.run("columnSumsOfBf16", sumLaunch, rounded, rows, columns, ofBf16);
        assertArrayEquals(ofFloats.content(), ofBf16.content());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 1025, 20_001})
    void flatMemory(int length) {
        float[] x = with.normal(length);
        float[] y = with.normal(length);
        INDArray expected = with.array(y, length);
        with.oracle.multiply(with.array(x, length), expected);

        DeviceArray product = DeviceArray.of(y);
        DeviceArray copy = DeviceArray.poisonedBf16(length);
        with.device.run("multiply", flat(), DeviceArray.of(x), product, (long) length, copy);
        with.assertClose("product", expected, product);
        KernelFixture.assertCopied(product, copy);

        DeviceArray rounded = DeviceArray.poisonedBf16(length);
        with.device.run("toBf16", flat(), DeviceArray.of(x), rounded, (long) length);
        KernelFixture.assertCopied(DeviceArray.of(x), rounded);
    }

    @ParameterizedTest
    @CsvSource({"1, 0.1", "20001, 0.1", "1025, 0.5", "1025, 0.999", "207, 0"})
    void droppedElementsAreThoseOfTheMask(int length, double probability) {
        Dropout dropout = new Dropout(probability, with.seed, 9, 9);
        float[] x = with.normal(length);
        int[] kept = KernelFixture.kept(dropout, 0, length);
        float scale = (float) (1 / (1 - probability));
        float[] expected = new float[length];
        for (int i = 0; i < length; i++) {
            expected[i] = kept[i] == 0 ? 0 : scale * x[i];
        }
        DeviceArray received = DeviceArray.of(x);
        DeviceArray copy = DeviceArray.poisonedBf16(length);
        with.device.run("dropout", flat(), received, KernelFixture.mask(dropout), (long) length, copy);
        assertArrayEquals(expected, received.floats());
        KernelFixture.assertCopied(received, copy);
    }

    @Test
    void noMaskKeepsEverything() {
        float[] x = with.normal(33);
        DeviceArray received = DeviceArray.of(x);
        with.device.run("dropout", flat(), received, null, 33L, null);
        assertArrayEquals(x, received.floats());
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1L << 31, (1L << 32) - 50, (5L << 32) - 1, 1L << 47})
    void masksGoOnBeyond32BitsOfIndex(long first) {
        Dropout dropout = new Dropout(0.4, with.seed, 1L << 40, 3);
        DeviceArray kept = DeviceArray.of(new int[96]);
        with.device.run("keptFrom", new Launch(1, 96), KernelFixture.mask(dropout), first, kept);
        assertArrayEquals(KernelFixture.kept(dropout, first, 96), kept.ints());
    }
}
