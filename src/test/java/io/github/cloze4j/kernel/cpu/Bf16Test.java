package io.github.cloze4j.kernel.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.BackendException;
import io.github.cloze4j.kernel.Activation;
import io.github.cloze4j.kernel.Arena;
import io.github.cloze4j.kernel.KernelProviders;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.kernel.Precision;
import io.github.cloze4j.random.RandomStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.BiConsumer;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.javacpp.Loader;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Products in bf16 against products in float of operands that bf16 holds exactly: sums are of floats in both, so that they
 * differ by rounding only. On a processor without bf16 each test is that asking for it is an error.
 */
class Bf16Test {
    private static final DataType TYPE = DataType.FLOAT;

    private final long seed = System.nanoTime();
    private final RandomStream random = new RandomStream(seed, 3, 0, 0);
    private final Kernels full = KernelProviders.create("cpu", TYPE, Precision.FULL, 2);
    private final Arena arena = Arena.allocate(TYPE, 1 << 22);

    Bf16Test() {
        Loader.load(dnnl.class);
        System.err.println("Bf16Test seed " + seed);
    }

    @AfterEach
    void free() {
        arena.close();
    }

    /** With the kernels in bf16, where there are any. */
    private void inBf16(BiConsumer<Kernels, Kernels> test) {
        if (OneDnn.multipliesBf16()) {
            test.accept(KernelProviders.create("cpu", TYPE, Precision.BF16, 2), full);
        } else {
            BackendException refused =
                    assertThrows(BackendException.class, () -> KernelProviders.create("cpu", TYPE, Precision.BF16, 2));
            assertTrue(refused.getMessage().contains("fp32"), refused.getMessage());
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 1, 1", "7, 13, 5", "207, 64, 13", "300, 24, 777", "257, 513, 3", "64, 64, 64"})
    void linearLayersMultiplyWhatBf16HoldsExactly(int tokens, int in, int out) {
        inBf16((bf16, full) -> {
            INDArray x = rounded(tokens, in);
            INDArray weight = rounded(out, in);
            INDArray bias = rounded(out);
            INDArray dy = rounded(tokens, out);
            double tolerance = 1e-5 * Math.sqrt(Math.max(tokens, Math.max(in, out)));
            INDArray y = poisoned(tokens, out);
            INDArray yFull = poisoned(tokens, out);
            bf16.linear(x, weight, bias, y);
            full.linear(x, weight, bias, yFull);
            assertClose(yFull, y, tolerance);
            INDArray derivative = poisoned(tokens, out);
            bf16.linearActivation(x, weight, bias, Activation.GELU, derivative, y);
            full.linearActivation(x, weight, bias, Activation.GELU, poisoned(tokens, out), yFull);
            assertClose(yFull, y, tolerance);
            INDArray dx = rounded(tokens, in);
            INDArray dxFull = arena.take(tokens, in);
            write(dxFull, read(dx));
            INDArray dWeight = rounded(out, in);
            INDArray dWeightFull = arena.take(out, in);
            write(dWeightFull, read(dWeight));
            bf16.linearBackward(x, dy, weight, 1, dx, dWeight, arena.take(out));
            full.linearBackward(x, dy, weight, 1, dxFull, dWeightFull, arena.take(out));
            assertClose(dxFull, dx, tolerance);
            assertClose(dWeightFull, dWeight, tolerance);
        });
    }

    @Test
    void operandsAreRoundedToTheNearestEven() {
        inBf16((bf16, full) -> {
            int length = 70_003;
            INDArray x = arena.take(length, 1);
            float[] values = new float[length];
            for (int i = 0; i < length; i++) {
                values[i] = (float) random.nextGaussian();
            }
            write(x, values);
            INDArray one = arena.take(1, 1);
            write(one, new float[] {1});
            INDArray y = poisoned(length, 1);
            bf16.gemm(false, false, 1, x, one, 0, y);
            float[] expected = new float[length];
            for (int i = 0; i < length; i++) {
                expected[i] = toBf16(values[i]);
            }
            assertArrayEquals(expected, read(y));
        });
    }

    @Test
    void aChangedWeightIsSeen() {
        inBf16((bf16, full) -> {
            INDArray x = arena.take(1, 1);
            INDArray weight = arena.take(1, 1);
            INDArray y = arena.take(1, 1);
            write(x, new float[] {1});
            for (float value : new float[] {2, 3}) {
                bf16.upload(bytes(new float[] {value}), weight);
                bf16.linear(x, weight, arena.take(1), y);
                assertEquals(value, read(y)[0]);
            }
        });
    }

    @Test
    void autoIsBf16WhereTheProcessorHasIt() {
        Loader.load(dnnl.class);
        Kernels automatic = KernelProviders.create("cpu", TYPE, Precision.AUTO, 2);
        assertEquals(OneDnn.multipliesBf16(), automatic.describe().contains("bf16"), automatic.describe());
    }

    private static float toBf16(float x) {
        int bits = Float.floatToRawIntBits(x);
        return Float.intBitsToFloat((bits + 0x7FFF + ((bits >>> 16) & 1)) & 0xFFFF0000);
    }

    private INDArray rounded(long... shape) {
        INDArray array = arena.take(shape);
        float[] values = new float[(int) array.length()];
        for (int i = 0; i < values.length; i++) {
            values[i] = toBf16((float) random.nextGaussian());
        }
        write(array, values);
        return array;
    }

    private INDArray poisoned(long... shape) {
        INDArray array = arena.take(shape);
        float[] values = new float[(int) array.length()];
        java.util.Arrays.fill(values, Float.NaN);
        write(array, values);
        return array;
    }

    private static ByteBuffer bytes(float[] values) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.nativeOrder());
        bytes.asFloatBuffer().put(values);
        return bytes;
    }

    private void write(INDArray array, float[] values) {
        full.upload(bytes(values), array);
    }

    private float[] read(INDArray array) {
        float[] values = new float[(int) array.length()];
        ByteBuffer bytes = bytes(values);
        full.download(array, bytes);
        bytes.asFloatBuffer().get(values);
        return values;
    }

    private void assertClose(INDArray expected, INDArray received, double tolerance) {
        float[] first = read(expected);
        float[] second = read(received);
        for (int i = 0; i < first.length; i++) {
            assertEquals(first[i], second[i], tolerance * Math.max(1, Math.abs(first[i])), "element " + i);
        }
    }
}
