package io.github.cloze4j.kernel.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.jna.Pointer;
import io.github.cloze4j.kernel.Activation;
import io.github.cloze4j.kernel.AdamWStep;
import io.github.cloze4j.kernel.Arena;
import io.github.cloze4j.kernel.Clipping;
import io.github.cloze4j.kernel.Documents;
import io.github.cloze4j.kernel.Dropout;
import io.github.cloze4j.kernel.MuonMatrix;
import io.github.cloze4j.kernel.MuonStep;
import io.github.cloze4j.kernel.Nd4jBackend;
import io.github.cloze4j.random.RandomStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.javacpp.Loader;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A bf16 image of a weight is up to date, whichever operation wrote to the weight. Runs on processors without bf16 too. */
class Bf16ImagesTest {
    private static final int SIZE = 4;

    /** Elements of an arena of a few pages. */
    private static final int PAGES = 5000;

    private static final Documents DOCUMENT = Documents.bidirectional(0, SIZE);

    private static final AdamWStep STEP = new AdamWStep(0.5, 0.9, 0.9, 1e-6, 0, 1, true, Clipping.NONE);

    private final long seed = System.nanoTime();
    private final RandomStream random = new RandomStream(seed, 9, 0, 0);
    private final WorkerPool pool;
    private final Bf16Operands operands;
    private final CpuKernels kernels;
    private final Arena weights;
    private final Arena others;
    private final Arena zeros;

    Bf16ImagesTest() {
        System.err.println("Bf16ImagesTest seed " + seed);
        Nd4jBackend.load();
        Loader.load(dnnl.class);
        pool = WorkerPool.acquire(1);
        operands = new Bf16Operands(pool);
        kernels = new CpuKernels(pool, new JavaBf16Gemm(), operands, new OneDnnGemm(), new OneDnnSoftmax());
        weights = Arena.allocate(DataType.FLOAT, 1 << 10);
        others = Arena.allocate(DataType.FLOAT, 1 << 18);
        zeros = Arena.allocate(DataType.FLOAT, SIZE);
    }

    @AfterEach
    void free() {
        kernels.close();
        weights.close();
        others.close();
        zeros.close();
    }

    /** Products of bf16 operands in Java. */
    private static final class JavaBf16Gemm implements Gemm {
        @Override
        public String describe() {
            return "Java, bf16";
        }

        @Override
        public int rowsWithoutCopy() {
            return 0;
        }

        @Override
        public void multiply(
                Worker worker,
                boolean transposeA,
                boolean transposeB,
                long m,
                long n,
                long k,
                float alpha,
                long a,
                long lda,
                long b,
                long ldb,
                float beta,
                long c,
                long ldc) {
            for (long row = 0; row < m; row++) {
                for (long column = 0; column < n; column++) {
                    float sum = 0;
                    for (long i = 0; i < k; i++) {
                        sum += bf16(a, transposeA ? i * lda + row : row * lda + i)
                                * bf16(b, transposeB ? column * ldb + i : i * ldb + column);
                    }
                    Pointer result = new Pointer(c + (row * ldc + column) * Float.BYTES);
                    result.setFloat(0, alpha * sum + (beta == 0 ? 0 : beta * result.getFloat(0)));
                }
            }
        }

        private static float bf16(long start, long index) {
            return Float.intBitsToFloat(new Pointer(start + index * Short.BYTES).getShort(0) << Short.SIZE);
        }
    }

    private INDArray normal(Arena arena, long... shape) {
        INDArray array = arena.take(shape);
        ByteBuffer bytes =
                ByteBuffer.allocate((int) array.length() * Float.BYTES).order(ByteOrder.nativeOrder());
        while (bytes.hasRemaining()) {
            bytes.putFloat((float) random.nextGaussian());
        }
        kernels.upload(bytes.flip(), array);
        return array;
    }

    private INDArray other(long... shape) {
        return normal(others, shape);
    }

    /** A product with the weight. */
    private float[] product(INDArray x, INDArray weight) {
        INDArray y = others.take(SIZE, SIZE);
        kernels.linear(x, weight, zeros.flat(), y);
        ByteBuffer bytes = ByteBuffer.allocate(SIZE * SIZE * Float.BYTES).order(ByteOrder.nativeOrder());
        kernels.download(y, bytes);
        float[] values = new float[SIZE * SIZE];
        bytes.asFloatBuffer().get(values);
        return values;
    }

    /** Every way to write to an array of {@code [4, 4]}. */
    private Map<String, Consumer<INDArray>> writes() {
        Map<String, Consumer<INDArray>> writes = new LinkedHashMap<>();
        writes.put("upload", w -> kernels.upload(ByteBuffer.allocate(SIZE * SIZE * Float.BYTES), w));
        writes.put(
                "upload of a row", w -> kernels.upload(ByteBuffer.allocate(SIZE * Float.BYTES), Arena.rows(w, 2, 1)));
        writes.put("zero", kernels::zero);
        writes.put("zero of the whole arena", w -> kernels.zero(weights.flat()));
        writes.put("multiply", w -> kernels.multiply(other(SIZE, SIZE), w));
        writes.put("gemm", w -> kernels.gemm(false, true, 1, other(SIZE, SIZE), other(SIZE, SIZE), 1, w));
        writes.put("scaled gemm", w -> kernels.gemm(true, false, 0.5, other(SIZE, SIZE), other(SIZE, SIZE), 0, w));
        writes.put(
                "gemm into columns",
                w -> kernels.gemm(false, true, 1, other(SIZE, SIZE), other(2, SIZE), 1, Arena.columns(w, SIZE - 2, 2)));
        writes.put("added dropout", w -> kernels.addDropout(new Dropout(0.5, 1, 2, 3), other(SIZE, SIZE), w));
        writes.put("dropout", w -> kernels.dropout(new Dropout(0.5, 1, 2, 3), w));
        writes.put("gatherRows", w -> kernels.gatherRows(other(SIZE, SIZE), new int[] {3, 2, 1, 0}, w));
        writes.put("gatherRowsBackward", w -> kernels.gatherRowsBackward(other(1, SIZE), new int[] {2}, w));
        writes.put("crossEntropy", w -> kernels.crossEntropy(w, new int[] {0, 1, 2, 3}, 1));
        writes.put("adamW", w -> kernels.adamW(w, other(SIZE, SIZE), other(SIZE, SIZE), positive(), STEP));
        writes.put("adamW of the whole arena", w -> {
            INDArray flat = weights.flat();
            INDArray gradient = other(flat.length());
            kernels.adamW(flat, gradient, others.take(flat.length()), others.take(flat.length()), STEP);
        });
        writes.put("adamW, gradient", w -> kernels.adamW(other(SIZE, SIZE), w, other(SIZE, SIZE), positive(), STEP));
        writes.put("adamW, moment", w -> kernels.adamW(other(SIZE, SIZE), other(SIZE, SIZE), w, positive(), STEP));
        writes.put("muon", w -> {
            List<MuonMatrix> matrices = List.of(new MuonMatrix(w, other(SIZE, SIZE), other(SIZE, SIZE), 1));
            INDArray scratch = others.take(kernels.muonScratch(MuonMatrix.shapes(matrices)));
            kernels.muon(matrices, scratch, new MuonStep(0.5, 0.9, 0, Clipping.NONE));
        });
        linearWrites(writes);
        rowWrites(writes);
        attentionWrites(writes);
        return writes;
    }

    private void linearWrites(Map<String, Consumer<INDArray>> writes) {
        INDArray bias = others.take(SIZE);
        writes.put("linear", w -> kernels.linear(other(SIZE, SIZE), other(SIZE, SIZE), bias, w));
        writes.put(
                "linearActivation, y",
                w -> kernels.linearActivation(
                        other(SIZE, SIZE), other(SIZE, SIZE), bias, Activation.GELU, other(SIZE, SIZE), w));
        writes.put(
                "linearActivation, derivative",
                w -> kernels.linearActivation(
                        other(SIZE, SIZE), other(SIZE, SIZE), bias, Activation.GELU, w, other(SIZE, SIZE)));
        writes.put(
                "linearBackward, dx",
                w -> kernels.linearBackward(
                        other(SIZE, SIZE), other(SIZE, SIZE), other(SIZE, SIZE), 1, w, other(SIZE, SIZE), bias));
        writes.put(
                "linearBackward, dWeight",
                w -> kernels.linearBackward(
                        other(SIZE, SIZE), other(SIZE, SIZE), other(SIZE, SIZE), 0, other(SIZE, SIZE), w, bias));
        writes.put("linearBackward, dBias", w -> {
            INDArray row = Arena.part(w, SIZE, SIZE);
            INDArray dx = other(SIZE, SIZE);
            kernels.linearBackward(
                    other(SIZE, SIZE), other(SIZE, SIZE), other(SIZE, SIZE), 0, dx, other(SIZE, SIZE), row);
        });
        writes.put("linearBackward, dz", w -> {
            INDArray derivative = other(SIZE, SIZE);
            kernels.linearBackward(
                    other(SIZE, SIZE), other(SIZE, SIZE), other(SIZE, SIZE), derivative, w, other(SIZE, SIZE), bias);
        });
    }

    private void rowWrites(Map<String, Consumer<INDArray>> writes) {
        int[] ids = {0, 1, 1, 3};
        writes.put(
                "embeddingSum",
                w -> kernels.embeddingSum(ids, ids, ids, other(SIZE, SIZE), other(SIZE, SIZE), other(SIZE, SIZE), w));
        writes.put(
                "embeddingSumBackward, dWords",
                w -> kernels.embeddingSumBackward(
                        ids, ids, ids, other(SIZE, SIZE), w, other(SIZE, SIZE), other(SIZE, SIZE)));
        writes.put(
                "embeddingSumBackward, dTypes",
                w -> kernels.embeddingSumBackward(
                        ids, ids, ids, other(SIZE, SIZE), other(SIZE, SIZE), other(SIZE, SIZE), w));
        writes.put("residualLayerNorm, y", w -> norm(other(SIZE, SIZE), w));
        writes.put("residualLayerNorm, normalized", w -> norm(w, other(SIZE, SIZE)));
        writes.put("residualLayerNormBackward, dResidual", w -> normBackward(w, other(SIZE, SIZE), other(SIZE)));
        writes.put("residualLayerNormBackward, dx", w -> normBackward(other(SIZE, SIZE), w, other(SIZE)));
        writes.put(
                "residualLayerNormBackward, dGamma",
                w -> normBackward(other(SIZE, SIZE), other(SIZE, SIZE), Arena.part(w, SIZE, SIZE)));
    }

    private void norm(INDArray normalized, INDArray y) {
        kernels.residualLayerNorm(
                other(SIZE, SIZE), null, Dropout.NONE, other(SIZE), other(SIZE), 1e-6, normalized, other(SIZE), y);
    }

    private void normBackward(INDArray dResidual, INDArray dx, INDArray dGamma) {
        INDArray dy = other(SIZE, SIZE);
        kernels.residualLayerNormBackward(
                dy, other(SIZE), other(SIZE, SIZE), other(SIZE), Dropout.NONE, dResidual, dx, dGamma, other(SIZE));
    }

    private void attentionWrites(Map<String, Consumer<INDArray>> writes) {
        INDArray qkv = other(SIZE, 3 * SIZE);
        writes.put("attention, context", w -> kernels.attention(qkv, DOCUMENT, 1, Dropout.NONE, other(SIZE * SIZE), w));
        writes.put(
                "attention, probabilities",
                w -> kernels.attention(qkv, DOCUMENT, 1, Dropout.NONE, w, other(SIZE, SIZE)));
        writes.put("attentionBackward, dQkv", w -> {
            // The weight is the middle of the gradient.
            INDArray around = weights.view(w.offset() - SIZE, SIZE, 3 * SIZE);
            kernels.attentionBackward(other(SIZE, SIZE), qkv, DOCUMENT, 1, Dropout.NONE, other(SIZE * SIZE), around);
        });
    }

    private INDArray positive() {
        return others.take(SIZE, SIZE);
    }

    @TestFactory
    Stream<DynamicTest> theImageIsMadeAnewAfterAWrite() {
        return writes().entrySet().stream()
                .map(write -> DynamicTest.dynamicTest(write.getKey(), () -> {
                    weights.reuse(arena -> arena.take(1));
                    weights.take(64);
                    INDArray weight = normal(weights, SIZE, SIZE);
                    others.reuse(arena -> arena.take(1 << 8));
                    INDArray x = other(SIZE, SIZE);
                    float[] before = product(x, weight);
                    write.getValue().accept(weight);
                    float[] after = product(x, weight);
                    assertFalse(Arrays.equals(before, after), "the write changed nothing: " + Arrays.toString(after));
                    try (Bf16Operands fresh = new Bf16Operands(pool)) {
                        LinearKernels linear = new LinearKernels(pool, new JavaBf16Gemm(), fresh);
                        INDArray y = others.take(SIZE, SIZE);
                        linear.forward(
                                Floats.of(x),
                                Floats.of(weight),
                                Floats.of(zeros.flat()),
                                SIZE,
                                SIZE,
                                SIZE,
                                Floats.of(y));
                        float[] expected = new float[SIZE * SIZE];
                        Floats.of(y).read(0, expected, SIZE * SIZE);
                        assertArrayEquals(expected, after);
                    }
                }));
    }

    @Test
    void aWriteElsewhereKeepsTheImage() {
        INDArray before = weights.take(SIZE, SIZE);
        INDArray weight = normal(weights, SIZE, SIZE);
        INDArray behind = weights.take(SIZE, SIZE);
        Floats memory = Floats.of(weight);
        Operand image = operands.weight(memory, SIZE * SIZE);
        // The kernels do not see this write, so that a current image keeps the old number.
        short old = new Pointer(image.address(0)).getShort(0);
        memory.put(0, memory.get(0) + 8);
        kernels.zero(before);
        kernels.zero(behind);
        assertEquals(old, new Pointer(operands.weight(memory, SIZE * SIZE).address(0)).getShort(0));
        kernels.upload(ByteBuffer.allocate(Float.BYTES), Arena.part(weight, SIZE * SIZE - 1, 1));
        assertTrue(old != new Pointer(operands.weight(memory, SIZE * SIZE).address(0)).getShort(0));
    }

    /** Views of a weight of any size and place: the memory of images is bounded by that of the weight. */
    @Test
    void imagesDoNotOverlap() {
        int rows = 64;
        int columns = 4096;
        // An image is rounded up to 64 KiB.
        long most = (long) rows * columns * Short.BYTES + rows * (64L << 10);
        try (Arena arena = Arena.allocate(DataType.FLOAT, (long) rows * columns)) {
            INDArray matrix = arena.take(rows, columns);
            long before = org.bytedeco.javacpp.Pointer.totalBytes();
            for (int i = 0; i < 500; i++) {
                int first = random.nextInt(rows);
                int count = 1 + random.nextInt(rows - first);
                Floats view = Floats.of(Arena.rows(matrix, first, count));
                int last = count * columns - 1;
                view.put(last, i);
                operands.changed(view, last + 1);
                Operand image = operands.weight(view, last + 1);
                assertEquals(i, Float.intBitsToFloat(new Pointer(image.address(last)).getShort(0) << Short.SIZE), 2);
                long taken = org.bytedeco.javacpp.Pointer.totalBytes() - before;
                assertTrue(taken <= most, "bytes " + taken + " of " + most);
            }
        }
    }

    /** A server that swaps its model keeps its kernels. */
    @Test
    void imagesEndWithTheirArena() {
        // Views keep the addresses of closed arenas, so that no two models have the same.
        List<INDArray> views = new ArrayList<>();
        long ofTheFirst = 0;
        for (int model = 0; model < 4; model++) {
            try (Arena arena = Arena.allocate(DataType.FLOAT, 64)) {
                for (int weight = 0; weight < 2; weight++) {
                    views.add(arena.take(4, 8));
                    operands.weight(Floats.of(views.get(views.size() - 1)), 32);
                }
                long taken = org.bytedeco.javacpp.Pointer.totalBytes();
                ofTheFirst = model == 0 ? taken : ofTheFirst;
                // An image takes 64 KiB at least.
                assertTrue(taken < ofTheFirst + (64 << 10), "bytes " + taken + ", first model " + ofTheFirst);
            }
        }
    }

    /** A new model may be at the address of one that was closed and forgotten. */
    @Test
    void anotherArrayAtTheSameAddressHasAnImageOfItsOwn() throws InterruptedException {
        Set<Long> addresses = new HashSet<>();
        boolean reused = false;
        for (int i = 0; i < 100 && !reused; i++) {
            reused = !addresses.add(imageOfAWeightThatIsForgotten());
            System.gc();
            Thread.sleep(10);
        }
        assumeTrue(reused, "no address was used twice in 100 tries: this machine cannot show the fault");
    }

    private long imageOfAWeightThatIsForgotten() {
        try (Arena arena = Arena.allocate(DataType.FLOAT, PAGES)) {
            Floats weight = Floats.of(arena.take(SIZE, SIZE));
            assertEquals(0, new Pointer(operands.weight(weight, SIZE * SIZE).address(0)).getShort(0));
            weight.put(0, 1);
            operands.changed(weight, 1);
            assertTrue(new Pointer(operands.weight(weight, SIZE * SIZE).address(0)).getShort(0) != 0);
            return weight.address(0);
        }
    }
}
