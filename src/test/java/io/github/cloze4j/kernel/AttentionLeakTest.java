package io.github.cloze4j.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.cloze4j.kernel.cuda.EmulatedCudaProvider;
import io.github.cloze4j.random.RandomStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * What a token does not see changes neither a bit of its output nor of its gradient, and the gradient of its output with
 * respect to it is exactly 0: on all kernels, with dropout, in a document longer than the blocks of any of them.
 */
class AttentionLeakTest {
    private static final int HEADS = 2;
    private static final int HIDDEN = 14;
    private static final int[] OFFSETS = {0, 1, 12, 142};
    private static final int TOKENS = 142;

    private final long seed = System.nanoTime();

    private record Result(float[] context, float[] dQkv) {}

    @ParameterizedTest
    @CsvSource({
        "nd4j, DOUBLE, FULL",
        "nd4j, FLOAT, FULL",
        "cpu, FLOAT, FULL",
        "cuda-emulated, FLOAT, FULL",
        "cuda-emulated, FLOAT, BF16"
    })
    void whatATokenDoesNotSeeChangesNothing(String provider, DataType type, Precision precision) {
        System.err.println("AttentionLeakTest seed " + seed);
        assumeTrue(
                !provider.equals(EmulatedCudaProvider.NAME) || EmulatedCudaProvider.isAvailable(),
                EmulatedCudaProvider.NEEDS);
        RandomStream random = new RandomStream(seed, 0, 0, 0);
        int[] prefixes = {0, 3, 70};
        Documents documents = new Documents(OFFSETS, prefixes);
        float[] qkv = normal(random, TOKENS * 3 * HIDDEN);
        float[] dContext = normal(random, TOKENS * HIDDEN);
        try (Kernels kernels = KernelProviders.create(provider, type, precision, 2)) {
            // What kernels keep between operations is then not a number, and must not come back.
            float[] noNumbers = new float[qkv.length];
            Arrays.fill(noNumbers, Float.NaN);
            run(kernels, Documents.bidirectional(OFFSETS), noNumbers, noNumbers);
            // The last token that sees only the prefix; one after the prefix; one in the document before.
            for (int token : new int[] {12 + 69, 12 + 100, 1 + 5}) {
                int end = documents.visibleEnd(token < 12 ? 1 : 2, token);
                float[] onlyToken = new float[dContext.length];
                System.arraycopy(dContext, token * HIDDEN, onlyToken, token * HIDDEN, HIDDEN);
                Result before = run(kernels, documents, qkv, onlyToken);
                float[] changed = qkv.clone();
                for (int i = end * 3 * HIDDEN; i < changed.length; i++) {
                    changed[i] += 100 * (float) random.nextGaussian();
                }
                Result after = run(kernels, documents, changed, onlyToken);
                assertArrayEquals(row(before.context(), token, HIDDEN), row(after.context(), token, HIDDEN));
                assertArrayEquals(before.dQkv(), after.dQkv());
                for (int i = end * 3 * HIDDEN; i < qkv.length; i++) {
                    // Adding 0 makes −0 a 0.
                    assertEquals(0f, before.dQkv()[i] + 0f, "token " + token);
                }
                // The last token that it does see changes it; dropout might hide that.
                float[] seen = qkv.clone();
                for (int i = end * 3 * HIDDEN - HIDDEN; i < end * 3 * HIDDEN; i++) {
                    seen[i] += 100;
                }
                assertFalse(Arrays.equals(
                        row(
                                run(kernels, documents, qkv, onlyToken, Dropout.NONE)
                                        .context(),
                                token,
                                HIDDEN),
                        row(
                                run(kernels, documents, seen, onlyToken, Dropout.NONE)
                                        .context(),
                                token,
                                HIDDEN)));
            }
        }
    }

    private static float[] row(float[] matrix, int row, int width) {
        return Arrays.copyOfRange(matrix, row * width, (row + 1) * width);
    }

    private static Result run(Kernels kernels, Documents documents, float[] qkv, float[] dContext) {
        return run(kernels, documents, qkv, dContext, new Dropout(0.2, 5, 1, 1));
    }

    private static Result run(Kernels kernels, Documents documents, float[] qkv, float[] dContext, Dropout dropout) {
        try (Arena arena = Arena.allocate(kernels.type(), 1 << 17)) {
            INDArray in = arena.take(TOKENS, 3 * HIDDEN);
            INDArray dOut = arena.take(TOKENS, HIDDEN);
            write(kernels, in, qkv);
            write(kernels, dOut, Arrays.copyOf(dContext, TOKENS * HIDDEN));
            INDArray probabilities = arena.take((long) HEADS * TOKENS * documents.longest());
            INDArray context = arena.take(TOKENS, HIDDEN);
            INDArray dIn = arena.take(TOKENS, 3 * HIDDEN);
            kernels.attention(in, documents, HEADS, dropout, probabilities, context);
            kernels.attentionBackward(dOut, in, documents, HEADS, dropout, probabilities, dIn);
            return new Result(read(kernels, context), read(kernels, dIn));
        }
    }

    private static float[] normal(RandomStream random, int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
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

    private static float[] read(Kernels kernels, INDArray array) {
        ByteBuffer bytes = bytesOf(array);
        kernels.download(array, bytes);
        float[] values = new float[(int) array.length()];
        for (int i = 0; i < values.length; i++) {
            values[i] = array.dataType() == DataType.DOUBLE ? (float) bytes.getDouble() : bytes.getFloat();
        }
        return values;
    }

    private static ByteBuffer bytesOf(INDArray array) {
        return ByteBuffer.allocate((int) array.length() * array.dataType().width())
                .order(ByteOrder.nativeOrder());
    }
}
