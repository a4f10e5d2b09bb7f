package io.github.cloze4j.kernel.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.kernel.Arena;
import io.github.cloze4j.kernel.Dropout;
import io.github.cloze4j.kernel.KernelProviders;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.kernel.Precision;
import io.github.cloze4j.random.RandomStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** In bf16 the operands of products are rounded, and nothing else is. */
@EnabledIf(value = EmulatedDevice.IS_AVAILABLE, disabledReason = EmulatedDevice.NEEDS)
class CudaBf16Test {
    private static final int TOKENS = 13;
    private static final int IN = 7;
    private static final int OUT = 33;

    private final long seed = System.nanoTime();

    /** Arrays of one run. */
    private record Layer(
            Arena arena, INDArray x, INDArray weight, INDArray bias, INDArray y, INDArray dx, INDArray dWeight) {
        static Layer of(Arena arena) {
            return new Layer(
                    arena,
                    arena.take(TOKENS, IN),
                    arena.take(OUT, IN),
                    arena.take(OUT),
                    arena.take(TOKENS, OUT),
                    arena.take(TOKENS, IN),
                    arena.take(OUT, IN));
        }
    }

    @Test
    void aLayerInBf16IsALayerInFloatOnRoundedOperands() {
        System.err.println("CudaBf16Test seed " + seed);
        float[][] rounded = results(Precision.FULL, true);
        float[][] bf16 = results(Precision.BF16, false);
        for (int i = 0; i < rounded.length; i++) {
            assertArrayEquals(rounded[i], bf16[i], "result " + i);
        }
    }

    private float[][] results(Precision precision, boolean round) {
        RandomStream random = new RandomStream(seed, 1, 0, 0);
        Kernels kernels = KernelProviders.create(EmulatedCudaProvider.NAME, DataType.FLOAT, precision, 1);
        try (Arena arena = Arena.allocate(DataType.FLOAT, 1 << 13)) {
            Layer layer = Layer.of(arena);
            write(kernels, layer.x(), random, round);
            write(kernels, layer.weight(), random, round);
            write(kernels, layer.bias(), random, false);
            write(kernels, layer.dWeight(), random, false);
            INDArray dy = arena.take(TOKENS, OUT);
            write(kernels, dy, random, round);
            kernels.linear(layer.x(), layer.weight(), layer.bias(), layer.y());
            kernels.linearBackward(layer.x(), dy, layer.weight(), 0, layer.dx(), layer.dWeight(), layer.bias());
            // The column sums of dy are not products: they take it as it is.
            return new float[][] {read(kernels, layer.y()), read(kernels, layer.dx()), read(kernels, layer.dWeight())};
        }
    }

    @Test
    void attentionInBf16IsCloseToAttentionInDoublePrecision() {
        System.err.println("CudaBf16Test seed " + seed);
        for (double probability : new double[] {0, 0.2}) {
            // The last window is cut off; then documents cross windows, and probabilities have no room.
            attention(new int[] {0, 13, 16, 23, 32, 40}, 16, probability);
            attention(new int[] {0, 13, 20, 41, 47, 48}, 21, probability);
        }
    }

    private void attention(int[] documents, int longest, double probability) {
        int tokens = documents[documents.length - 1];
        Dropout dropout = new Dropout(probability, seed, 1, 1);
        float[][][] results = new float[2][][];
        for (DataType type : new DataType[] {DataType.DOUBLE, DataType.FLOAT}) {
            boolean tested = type == DataType.FLOAT;
            RandomStream random = new RandomStream(seed, 2, 0, 0);
            Kernels kernels = tested
                    ? KernelProviders.create(EmulatedCudaProvider.NAME, type, Precision.BF16, 1)
                    : KernelProviders.create("nd4j", type);
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
            assertClose(results[0][i], results[1][i]);
        }
    }

    /** The norm of the difference is at most 1e-2 of the norm, and not 0: something was rounded. */
    private static void assertClose(float[] expected, float[] received) {
        double difference = 0;
        double norm = 0;
        for (int i = 0; i < expected.length; i++) {
            difference += Math.pow((double) expected[i] - received[i], 2);
            norm += Math.pow(expected[i], 2);
        }
        double relative = Math.sqrt(difference / norm);
        assertTrue(relative <= 1e-2 && relative > 1e-5, "relative norm of the difference: " + relative);
    }

    private static void write(Kernels kernels, INDArray array, RandomStream random, boolean round) {
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

    private static float[] read(Kernels kernels, INDArray array) {
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
