package io.github.cloze4j.kernel.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import io.github.cloze4j.kernel.Arena;
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

/** In bf16 the operands of linear layers are rounded, and nothing else is: the rest is as in float, to the last bit. */
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

    private static void write(Kernels kernels, INDArray array, RandomStream random, boolean round) {
        ByteBuffer bytes =
                ByteBuffer.allocate((int) array.length() * Float.BYTES).order(ByteOrder.nativeOrder());
        while (bytes.hasRemaining()) {
            float number = (float) random.nextGaussian();
            bytes.putFloat(round ? toBf16(number) : number);
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
        ByteBuffer bytes =
                ByteBuffer.allocate((int) array.length() * Float.BYTES).order(ByteOrder.nativeOrder());
        kernels.download(array, bytes);
        float[] values = new float[(int) array.length()];
        bytes.asFloatBuffer().get(values);
        return values;
    }
}
