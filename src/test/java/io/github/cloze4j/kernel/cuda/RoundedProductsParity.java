package io.github.cloze4j.kernel.cuda;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.kernel.Arena;
import io.github.cloze4j.kernel.Documents;
import io.github.cloze4j.kernel.Dropout;
import io.github.cloze4j.kernel.KernelProviders;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.kernel.Precision;
import io.github.cloze4j.kernel.Visibility;
import io.github.cloze4j.random.RandomStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Products of rounded operands against the {@code nd4j} kernels in double precision. */
abstract class RoundedProductsParity {
    final long seed = System.nanoTime();

    RoundedProductsParity() {
        System.err.println(getClass().getSimpleName() + " seed " + seed);
    }

    /** The kernels that are compared. */
    abstract Kernels kernels(Precision precision);

    @ParameterizedTest
    @CsvSource({"BF16, 1e-2", "TF32, 1e-3"})
    void linearLayersAreClose(Precision precision, double tolerance) {
        float[][][] results = new float[2][][];
        for (int tested = 0; tested < 2; tested++) {
            DataType type = tested == 1 ? DataType.FLOAT : DataType.DOUBLE;
            RandomStream random = new RandomStream(seed, 3, 0, 0);
            Kernels kernels = tested == 1 ? kernels(precision) : KernelProviders.create("nd4j", type);
            try (Arena arena = Arena.allocate(type, 1 << 16)) {
                INDArray x = arena.take(50, 72);
                INDArray weight = arena.take(104, 72);
                INDArray bias = arena.take(104);
                INDArray dy = arena.take(50, 104);
                INDArray y = arena.take(50, 104);
                INDArray dx = arena.take(50, 72);
                INDArray dWeight = arena.take(104, 72);
                INDArray dBias = arena.take(104);
                for (INDArray operand : new INDArray[] {x, weight, bias, dy, dWeight}) {
                    write(kernels, operand, random, false);
                }
                kernels.linear(x, weight, bias, y);
                kernels.linearBackward(x, dy, weight, 0, dx, dWeight, dBias);
                results[tested] = new float[][] {read(kernels, y), read(kernels, dx), read(kernels, dWeight)};
            }
        }
        for (int i = 0; i < results[0].length; i++) {
            assertClose(results[0][i], results[1][i], tolerance);
        }
    }

    @Test
    void attentionInBf16IsCloseToAttentionInDoublePrecision() {
        for (double probability : new double[] {0, 0.2}) {
            // The last window is cut off; then documents cross windows, and probabilities have no room.
            for (Documents documents :
                    Visibility.all(new int[] {0, 13, 16, 23, 32, 40}, new RandomStream(seed, 3, 0, 0))) {
                attention(documents, 16, probability);
            }
            for (Documents documents :
                    Visibility.all(new int[] {0, 13, 20, 41, 47, 48}, new RandomStream(seed, 4, 0, 0))) {
                attention(documents, 21, probability);
            }
        }
    }

    private void attention(Documents documents, int longest, double probability) {
        int tokens = documents.tokens();
        Dropout dropout = new Dropout(probability, seed, 1, 1);
        float[][][] results = new float[2][][];
        for (DataType type : new DataType[] {DataType.DOUBLE, DataType.FLOAT}) {
            boolean tested = type == DataType.FLOAT;
            RandomStream random = new RandomStream(seed, 2, 0, 0);
            Kernels kernels = tested ? kernels(Precision.BF16) : KernelProviders.create("nd4j", type);
            try (Arena arena = Arena.allocate(type, 1 << 15)) {
                INDArray qkv = arena.take(tokens, 3 * 24);
                INDArray dContext = arena.take(tokens, 24);
                INDArray context = arena.take(tokens, 24);
                INDArray dQkv = arena.take(tokens, 3 * 24);
                INDArray probabilities = arena.take(3L * tokens * longest);
                for (INDArray operand : new INDArray[] {qkv, dContext}) {
                    write(kernels, operand, random, false);
                }
                kernels.attention(qkv, documents, 3, dropout, probabilities, context);
                kernels.attentionBackward(dContext, qkv, documents, 3, dropout, probabilities, dQkv);
                results[tested ? 1 : 0] = new float[][] {read(kernels, context), read(kernels, dQkv)};
            }
        }
        for (int i = 0; i < 2; i++) {
            assertClose(results[0][i], results[1][i], 1e-2);
        }
    }

    /** The norm of the difference is at most so much of the norm, but more than floats differ by: something was rounded. */
    private static void assertClose(float[] expected, float[] received, double tolerance) {
        double difference = 0;
        double norm = 0;
        for (int i = 0; i < expected.length; i++) {
            difference += Math.pow((double) expected[i] - received[i], 2);
            norm += Math.pow(expected[i], 2);
        }
        double relative = Math.sqrt(difference / norm);
        assertTrue(relative <= tolerance && relative > 1e-5, "relative norm of the difference: " + relative);
    }

    static void write(Kernels kernels, INDArray array, RandomStream random, boolean round) {
        ByteBuffer bytes = bytes(array);
        while (bytes.hasRemaining()) {
            float number = (float) random.nextGaussian();
            if (array.dataType() == DataType.DOUBLE) {
                bytes.putDouble(number);
            } else {
                bytes.putFloat(round ? toBf16(number) : number);
            }
        }
        kernels.upload(bytes.flip(), array);
    }

    /** To nearest, ties to even. */
    private static float toBf16(float x) {
        int bits = Float.floatToRawIntBits(x);
        int even = bits >>> 16 & 1;
        return Float.intBitsToFloat(bits + 0x7FFF + even & 0xFFFF0000);
    }

    static float[] read(Kernels kernels, INDArray array) {
        ByteBuffer bytes = bytes(array);
        kernels.download(array, bytes);
        float[] values = new float[(int) array.length()];
        for (int i = 0; i < values.length; i++) {
            values[i] = array.dataType() == DataType.DOUBLE
                    ? (float) bytes.getDouble(i * Double.BYTES)
                    : bytes.getFloat(i * Float.BYTES);
        }
        return values;
    }

    private static ByteBuffer bytes(INDArray array) {
        return ByteBuffer.allocate((int) array.length() * array.dataType().width())
                .order(ByteOrder.nativeOrder());
    }
}
