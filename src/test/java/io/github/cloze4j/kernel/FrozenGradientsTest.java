package io.github.cloze4j.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.cloze4j.kernel.cuda.EmulatedCudaProvider;
import io.github.cloze4j.random.RandomStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Gradients that are null are not computed, and change no bit of the others: every backward operation with every choice of
 * them, on all kernels.
 */
class FrozenGradientsTest {
    private final long seed = System.nanoTime();

    /** An operation and the arrays of which any may be null; the other arguments are in the operation already. */
    private record Case(List<INDArray> gradients, Operation operation) {}

    private interface Operation {
        void run(@Nullable INDArray[] gradients);
    }

    private interface Preparation {
        Case prepare(Kernels kernels, Operands operands);
    }

    /** Arrays with the same random numbers in each run. */
    private record Operands(Kernels kernels, Arena arena, RandomStream random) {
        INDArray of(long... shape) {
            INDArray array = arena.take(shape);
            ByteBuffer bytes = bytesOf(array);
            while (bytes.hasRemaining()) {
                float number = (float) random.nextGaussian();
                if (array.dataType() == DataType.DOUBLE) {
                    bytes.putDouble(number);
                } else {
                    bytes.putFloat(number);
                }
            }
            kernels.upload(bytes.flip(), array);
            return array;
        }

        int[] ids(int count, int bound) {
            int[] ids = new int[count];
            Arrays.setAll(ids, i -> random.nextInt(bound));
            return ids;
        }
    }

    @ParameterizedTest
    @CsvSource({
        "nd4j, DOUBLE, FULL",
        "nd4j, FLOAT, FULL",
        "cpu, FLOAT, FULL",
        "cuda-emulated, FLOAT, FULL",
        "cuda-emulated, FLOAT, BF16"
    })
    void whatIsFrozenChangesNothingElse(String provider, DataType type, Precision precision) {
        System.err.println("FrozenGradientsTest seed " + seed);
        assumeTrue(
                !provider.equals(EmulatedCudaProvider.NAME) || EmulatedCudaProvider.isAvailable(),
                EmulatedCudaProvider.NEEDS);
        try (Kernels kernels = KernelProviders.create(provider, type, precision, 2)) {
            check(kernels, (k, operands) -> linear(k, operands, 33, 7, 13, 0));
            check(kernels, (k, operands) -> linear(k, operands, 130, 24, 40, 1));
            if (provider.equals("cpu")) {
                // Wide enough for the kernels of the decoder.
                check(kernels, (k, operands) -> linear(k, operands, 300, 16, 8200, 1));
            }
            check(kernels, FrozenGradientsTest::linearThroughActivation);
            check(kernels, FrozenGradientsTest::embeddings);
            check(kernels, FrozenGradientsTest::layerNorm);
        }
    }

    private static Case linear(Kernels kernels, Operands operands, int tokens, int in, int out, double beta) {
        INDArray x = operands.of(tokens, in);
        INDArray dy = operands.of(tokens, out);
        INDArray weight = operands.of(out, in);
        return new Case(
                List.of(operands.of(tokens, in), operands.of(out, in), operands.of(out)),
                g -> kernels.linearBackward(x, dy, weight, beta, g[0], g[1], g[2]));
    }

    private static Case linearThroughActivation(Kernels kernels, Operands operands) {
        INDArray x = operands.of(33, 20);
        INDArray dy = operands.of(33, 13);
        INDArray weight = operands.of(13, 20);
        INDArray derivative = operands.of(33, 20);
        INDArray dz = operands.of(33, 20);
        return new Case(
                List.of(operands.of(13, 20), operands.of(13)),
                g -> kernels.linearBackward(x, dy, weight, derivative, dz, g[0], g[1]));
    }

    private static Case embeddings(Kernels kernels, Operands operands) {
        INDArray dy = operands.of(150, 9);
        int[] ids = operands.ids(150, 11);
        int[] positions = operands.ids(150, 40);
        int[] types = operands.ids(150, 2);
        return new Case(
                List.of(operands.of(11, 9), operands.of(40, 9), operands.of(2, 9)),
                g -> kernels.embeddingSumBackward(ids, positions, types, dy, g[0], g[1], g[2]));
    }

    private static Case layerNorm(Kernels kernels, Operands operands) {
        INDArray dy = operands.of(70, 21);
        INDArray gamma = operands.of(21);
        INDArray normalized = operands.of(70, 21);
        INDArray inverseDeviation = operands.of(70);
        INDArray dx = operands.of(70, 21);
        Dropout dropout = new Dropout(0.3, 1, 2, 3);
        return new Case(
                List.of(operands.of(70, 21), operands.of(21), operands.of(21)),
                g -> kernels.residualLayerNormBackward(
                        dy, gamma, normalized, inverseDeviation, dropout, g[0], dx, g[1], g[2]));
    }

    private void check(Kernels kernels, Preparation preparation) {
        List<float[]> before = run(kernels, preparation, 0);
        int all = (1 << before.size()) - 1;
        List<float[]> expected = run(kernels, preparation, all);
        for (int i = 0; i < before.size(); i++) {
            assertFalse(Arrays.equals(before.get(i), expected.get(i)), "gradient " + i);
        }
        for (int wanted = 1; wanted < all; wanted++) {
            List<float[]> received = run(kernels, preparation, wanted);
            for (int i = 0; i < before.size(); i++) {
                boolean isWanted = (wanted >> i & 1) != 0;
                assertArrayEquals(
                        isWanted ? expected.get(i) : before.get(i),
                        received.get(i),
                        "gradient " + i + " of " + Integer.toBinaryString(wanted));
            }
        }
    }

    /** All gradients after the operation, which gets those of which the bit is set. */
    private List<float[]> run(Kernels kernels, Preparation preparation, int wanted) {
        try (Arena arena = Arena.allocate(kernels.type(), 1 << 22)) {
            Case made = preparation.prepare(kernels, new Operands(kernels, arena, new RandomStream(seed, 0, 0, 0)));
            @Nullable INDArray[] gradients = new INDArray[made.gradients().size()];
            for (int i = 0; i < gradients.length; i++) {
                gradients[i] = (wanted >> i & 1) != 0 ? made.gradients().get(i) : null;
            }
            made.operation().run(gradients);
            List<float[]> after = new ArrayList<>();
            for (INDArray gradient : made.gradients()) {
                ByteBuffer bytes = bytesOf(gradient);
                kernels.download(gradient, bytes);
                float[] numbers = new float[(int) gradient.length()];
                for (int i = 0; i < numbers.length; i++) {
                    numbers[i] = gradient.dataType() == DataType.DOUBLE ? (float) bytes.getDouble() : bytes.getFloat();
                }
                after.add(numbers);
            }
            return after;
        }
    }

    private static ByteBuffer bytesOf(INDArray array) {
        return ByteBuffer.allocate((int) array.length() * array.dataType().width())
                .order(ByteOrder.nativeOrder());
    }
}
