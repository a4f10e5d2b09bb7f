package io.github.cloze4j.kernel.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import io.github.cloze4j.kernel.Arena;
import io.github.cloze4j.kernel.KernelProviders;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.kernel.Precision;
import io.github.cloze4j.random.RandomStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** On the emulated device; in bf16 the operands of products are rounded, and nothing else is. */
@EnabledIf(value = EmulatedDevice.IS_AVAILABLE, disabledReason = EmulatedDevice.NEEDS)
class CudaBf16Test extends RoundedProductsParity {
    private static final int TOKENS = 13;
    private static final int IN = 7;
    private static final int OUT = 33;

    @Override
    Kernels kernels(Precision precision) {
        return KernelProviders.create(EmulatedCudaProvider.NAME, DataType.FLOAT, precision, 1);
    }

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
        float[][] rounded = results(Precision.FULL, true);
        float[][] bf16 = results(Precision.BF16, false);
        for (int i = 0; i < rounded.length; i++) {
            assertArrayEquals(rounded[i], bf16[i], "result " + i);
        }
    }

    private float[][] results(Precision precision, boolean round) {
        RandomStream random = new RandomStream(seed, 1, 0, 0);
        Kernels kernels = kernels(precision);
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
}
