package io.github.cloze4j.kernel.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.kernel.Activation;
import io.github.cloze4j.kernel.AdamWStep;
import io.github.cloze4j.kernel.Arena;
import io.github.cloze4j.kernel.Clipping;
import io.github.cloze4j.kernel.Documents;
import io.github.cloze4j.kernel.Dropout;
import io.github.cloze4j.kernel.MuonMatrix;
import io.github.cloze4j.kernel.MuonStep;
import io.github.cloze4j.kernel.Nd4jBackend;
import io.github.cloze4j.kernel.Pending;
import io.github.cloze4j.kernel.Precision;
import io.github.cloze4j.kernel.cuda.driver.RecordingDriver;
import io.github.cloze4j.kernel.cuda.memory.DeviceQueue;
import io.github.cloze4j.nn.EncoderLayer;
import io.github.cloze4j.nn.LowRankSettings;
import io.github.cloze4j.nn.ParameterLayout;
import io.github.cloze4j.nn.ParameterStore;
import io.github.cloze4j.optim.AdamW;
import io.github.cloze4j.optim.OptimizerKind;
import io.github.cloze4j.random.RandomStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Who rounds to bf16, and when: what is rounded is what was written last, and hardly anything is rounded in a pass of its own. */
class CudaBf16FlowTest {
    private static final int TOKENS = 5;
    private static final int HIDDEN = 6;
    private static final int WORDS = 7;
    private static final int ARRAYS = 15;
    private static final Documents DOCUMENTS = Documents.bidirectional(0, 2, 5);

    @BeforeAll
    static void load() {
        Nd4jBackend.load();
    }

    /** What operations work on; all but the probabilities, whose copies' memory attention has for itself, may be operands. */
    private static final class Arrays {
        private final Arena arena = Arena.allocate(DataType.FLOAT, 1 << 12);
        private final INDArray x = arena.take(TOKENS, HIDDEN);
        private final INDArray y = arena.take(TOKENS, HIDDEN);
        private final INDArray z = arena.take(TOKENS, HIDDEN);
        private final INDArray normalized = arena.take(TOKENS, HIDDEN);
        private final INDArray deviation = arena.take(TOKENS);
        private final INDArray qkv = arena.take(TOKENS, 3 * HIDDEN);
        private final INDArray dQkv = arena.take(TOKENS, 3 * HIDDEN);
        private final INDArray logits = arena.take(TOKENS, WORDS);
        private final INDArray square = arena.take(HIDDEN, HIDDEN);
        private final INDArray stacked = arena.take(3 * HIDDEN, HIDDEN);
        private final INDArray table = arena.take(WORDS, HIDDEN);
        private final INDArray bias = arena.take(HIDDEN);
        private final INDArray stackedBias = arena.take(3 * HIDDEN);
        private final INDArray first = arena.take(WORDS, HIDDEN);
        private final INDArray second = arena.take(WORDS, HIDDEN);
        private final INDArray probabilities = arena.take(2 * TOKENS * TOKENS);
        private final INDArray muonScratch = arena.take(4 * WORDS * HIDDEN + 4 * HIDDEN * HIDDEN);

        List<INDArray> operands() {
            return List.of(
                    x,
                    y,
                    z,
                    normalized,
                    deviation,
                    qkv,
                    dQkv,
                    logits,
                    square,
                    stacked,
                    table,
                    bias,
                    stackedBias,
                    first,
                    second);
        }
    }

    @Test
    @EnabledIf(value = EmulatedDevice.IS_AVAILABLE, disabledReason = EmulatedDevice.NEEDS)
    void whatIsRememberedIsWhatWouldBeMadeAnew() {
        long seed = System.nanoTime();
        System.err.println("CudaBf16FlowTest seed " + seed);
        float[][] expected = run(seed, true);
        float[][] received = run(seed, false);
        for (int i = 0; i < expected.length; i++) {
            assertArrayEquals(expected[i], received[i], "array " + i);
        }
    }

    /**
     * Many operations in random order.
     *
     * @param forgetting whether after each one floats are made of whatever lacks them, and all copies are dropped
     */
    private static float[][] run(long seed, boolean forgetting) {
        RandomStream random = new RandomStream(seed, 0, 0, 0);
        DeviceQueue queue = new DeviceQueue(new EmulatedDriver(seed));
        Arrays arrays = new Arrays();
        CudaKernels bf16 = new CudaKernels(queue, Precision.BF16);
        // They share the copies, and write arrays without them.
        CudaKernels full = new CudaKernels(queue, Precision.FULL);
        arrays.operands().forEach(array -> upload(bf16, random, array));
        int operations = operations(bf16, arrays, random, 0).size();
        for (int round = 0; round < 300; round++) {
            CudaKernels kernels = random.nextInt(4) > 0 ? bf16 : full;
            operations(kernels, arrays, random, round)
                    .get(random.nextInt(operations))
                    .run();
            // So that numbers do not grow without end.
            upload(bf16, random, arrays.operands().get(random.nextInt(ARRAYS)));
            for (INDArray array : forgetting ? arrays.operands() : List.<INDArray>of()) {
                queue.copies().floats(queue.addressOf(array), array.length());
                queue.copies().stale(queue.addressOf(array), array.length());
            }
        }
        float[][] results =
                arrays.operands().stream().map(array -> floats(bf16, array)).toArray(float[][]::new);
        arrays.arena.close();
        queue.close();
        return results;
    }

    @Test
    @EnabledIf(value = EmulatedDevice.IS_AVAILABLE, disabledReason = EmulatedDevice.NEEDS)
    void everyOperationLeavesCopiesThatAreTheRoundingOfTheirFloats() {
        long seed = System.nanoTime();
        System.err.println("CudaBf16FlowTest seed " + seed);
        RandomStream random = new RandomStream(seed, 0, 0, 0);
        DeviceQueue queue = new DeviceQueue(new EmulatedDriver(seed));
        Arrays arrays = new Arrays();
        CudaKernels kernels = new CudaKernels(queue, Precision.BF16);
        arrays.operands().forEach(array -> upload(kernels, random, array));
        int operations = operations(kernels, arrays, random, 0).size();
        for (int round = 0; round < operations; round++) {
            operations(kernels, arrays, random, round).get(round).run();
            for (INDArray array : arrays.operands()) {
                short[] copy = copy(queue, array);
                assertArrayEquals(EmulatedDriver.bf16(floats(kernels, array)), copy, "after operation " + round);
            }
        }
        arrays.arena.close();
        queue.close();
    }

    /** The gradient of query, key and value is bf16 alone until somebody needs its floats. */
    @Test
    @EnabledIf(value = EmulatedDevice.IS_AVAILABLE, disabledReason = EmulatedDevice.NEEDS)
    void aProductIntoColumnsLeavesTheOtherColumns() {
        RandomStream random = new RandomStream(System.nanoTime(), 0, 0, 0);
        DeviceQueue queue = new DeviceQueue(new EmulatedDriver(1));
        Arrays a = new Arrays();
        CudaKernels kernels = new CudaKernels(queue, Precision.BF16);
        a.operands().forEach(array -> upload(kernels, random, array));
        kernels.attention(a.qkv, DOCUMENTS, 2, Dropout.NONE, a.probabilities, a.y);
        kernels.attentionBackward(a.y, a.qkv, DOCUMENTS, 2, Dropout.NONE, a.probabilities, a.dQkv);
        float[] expected = floats(kernels, a.dQkv);
        kernels.attentionBackward(a.y, a.qkv, DOCUMENTS, 2, Dropout.NONE, a.probabilities, a.dQkv);
        int hidden = (int) a.x.size(1);
        kernels.gemm(false, false, 1, a.x, a.square, 0, Arena.columns(a.dQkv, hidden, hidden));
        float[] received = floats(kernels, a.dQkv);
        for (int i = 0; i < expected.length; i++) {
            boolean written = i / hidden % 3 == 1;
            assertEquals(!written, expected[i] == received[i], "element " + i);
        }
        a.arena.close();
        queue.close();
    }

    private static List<Runnable> operations(CudaKernels kernels, Arrays a, RandomStream random, int round) {
        Dropout dropout = new Dropout(0.3, 1, round, 2);
        int[] ids = {1, 0, 6, 1, 1};
        int[] zeros = new int[TOKENS];
        int[] rows = {4, 1};
        List<INDArray> all = a.operands();
        INDArray two = Arena.rows(a.y, 1, 2);
        return List.of(
                () -> upload(kernels, random, all.get(random.nextInt(all.size()))),
                () -> upload(kernels, random, two),
                () -> kernels.zero(a.y),
                () -> kernels.multiply(a.x, a.y),
                () -> kernels.gemm(false, false, 1, a.x, a.square, 0, a.y),
                () -> kernels.gemm(false, false, 0.5, a.x, a.square, 0, a.z),
                () -> kernels.linear(a.x, a.square, a.bias, a.y),
                () -> kernels.linearActivation(a.x, a.square, a.bias, Activation.GELU, a.normalized, a.y),
                () -> kernels.linearBackward(a.x, a.y, a.square, 0, a.z, a.square, a.bias),
                () -> kernels.linearBackward(a.z, a.y, a.square, 1, a.x, a.square, a.bias),
                () -> kernels.linearBackward(a.x, a.y, a.square, a.normalized, a.z, a.square, a.bias),
                () -> kernels.linearBackward(a.x, a.qkv, a.stacked, 0, a.z, a.stacked, a.stackedBias),
                () -> kernels.embeddingSum(ids, zeros, zeros, a.table, a.square, a.square, a.x),
                () -> kernels.embeddingSumBackward(ids, zeros, zeros, a.x, a.table, a.square, a.first),
                () -> kernels.dropout(dropout, a.y),
                () -> kernels.dropout(Dropout.NONE, a.z),
                () -> kernels.addDropout(dropout, a.x, a.y),
                () -> kernels.addDropout(Dropout.NONE, a.y, a.z),
                () -> kernels.biasActivation(a.bias, Activation.GELU, a.y, a.z),
                () -> kernels.residualLayerNorm(
                        a.x, a.y, dropout, a.bias, a.bias, 1e-12, a.normalized, a.deviation, a.z),
                () -> kernels.residualLayerNormBackward(
                        a.y, a.bias, a.normalized, a.deviation, dropout, a.z, a.y, a.bias, a.bias),
                () -> {
                    kernels.attention(a.qkv, DOCUMENTS, 2, dropout, a.probabilities, a.y);
                    kernels.attentionBackward(a.y, a.qkv, DOCUMENTS, 2, dropout, a.probabilities, a.dQkv);
                },
                () -> kernels.gatherRows(a.x, rows, two),
                () -> kernels.gatherRowsBackward(two, rows, a.z),
                () -> kernels.crossEntropy(a.logits, ids, 0.5),
                () -> kernels.adamW(
                        a.table,
                        a.first,
                        a.second,
                        a.second,
                        new AdamWStep(1e-3, 0.9, 0.9, 1, 0, 1, true, Clipping.NONE)),
                () -> muon(kernels, a, Clipping.NONE),
                // Steps that are skipped.
                () -> muon(kernels, a, new Clipping(Pending.of(Double.NaN), 1, 0)),
                () -> kernels.adamW(
                        a.table,
                        a.first,
                        a.second,
                        a.second,
                        new AdamWStep(1e-3, 0.9, 0.9, 1, 0, 1, true, new Clipping(Pending.of(Double.NaN), 1, 0))));
    }

    private static void muon(CudaKernels kernels, Arrays a, Clipping clipping) {
        MuonMatrix tall = new MuonMatrix(a.table, a.first, a.second, 1);
        kernels.muon(List.of(tall), a.muonScratch, new MuonStep(1e-3, 0.9, 0, clipping));
    }

    private static void upload(CudaKernels kernels, RandomStream random, INDArray array) {
        ByteBuffer bytes = bytes(array.length() * Float.BYTES);
        while (bytes.hasRemaining()) {
            bytes.putFloat((float) random.nextGaussian());
        }
        kernels.upload(bytes.flip(), array);
    }

    private static ByteBuffer bytes(long count) {
        return ByteBuffer.allocateDirect((int) count).order(ByteOrder.nativeOrder());
    }

    private static float[] floats(CudaKernels kernels, INDArray array) {
        ByteBuffer bytes = bytes(array.length() * Float.BYTES);
        kernels.download(array, bytes);
        float[] floats = new float[(int) array.length()];
        bytes.asFloatBuffer().get(floats);
        return floats;
    }

    private static short[] copy(DeviceQueue queue, INDArray array) {
        ByteBuffer bytes = bytes(array.length() * Short.BYTES);
        queue.driver().download(queue.copies().operand(queue.addressOf(array), array.length()), bytes);
        queue.driver().synchronize();
        short[] numbers = new short[(int) array.length()];
        bytes.asShortBuffer().get(numbers);
        return numbers;
    }

    /** What linear layers leave for attention: forward query, key and value, backward the gradient of its context. */
    @Test
    void aSteadyStepRoundsInAPassOfItsOwnOnlyWhatAttentionReads() {
        RecordingDriver driver = new RecordingDriver(1L << 30);
        DeviceQueue queue = new DeviceQueue(driver);
        CudaKernels kernels = new CudaKernels(queue, Precision.BF16);
        ParameterLayout layout = new ParameterLayout();
        EncoderLayer layer =
                new EncoderLayer(layout, kernels, "layer", 8, 2, 32, Activation.GELU, 1e-12, LowRankSettings.NONE);
        Documents documents = Documents.bidirectional(0, 4, 6);
        EncoderLayer.Dropouts dropouts = EncoderLayer.Dropouts.NONE;
        try (ParameterStore parameters = new ParameterStore(layout, kernels);
                AdamW optimizer = new AdamW(parameters, OptimizerKind.ADAMW, 0.9, 0.999, 1e-6, 0.01);
                Arena arena = Arena.allocate(DataType.FLOAT, 1 << 14)) {
            EncoderLayer.Activations activations = layer.plan(arena, 6, 6);
            EncoderLayer.Scratch scratch = EncoderLayer.Scratch.plan(arena, 6, 8, 32);
            INDArray x = arena.take(6, 8);
            INDArray dy = arena.take(6, 8);
            INDArray one = arena.take(8);
            Runnable step = () -> {
                // Where a layer's input comes from.
                kernels.residualLayerNorm(
                        x, null, Dropout.NONE, one, one, 1e-12, scratch.rows().hidden(), arena.view(0, 6), x);
                layer.forward(
                        x, documents, dropouts, activations, scratch.rows().hidden());
                layer.backward(x, dy, documents, dropouts, activations, scratch, true);
                optimizer.step(1, 1e-3, Clipping.NONE);
            };
            step.run();
            int inFirst = driver.launched("toBf16");
            driver.events.clear();
            step.run();
            assertEquals(2, driver.launched("toBf16"));
            assertEquals(0, driver.launched("toFloat"));
            assertTrue(inFirst > 2, "the first rounds the parameters");
            assertEquals(
                    0,
                    driver.events.stream()
                            .filter(e -> e.startsWith("multiply FP32"))
                            .count());
            assertEquals(
                    0,
                    driver.events.stream().filter(e -> e.startsWith("allocate")).count());
        }
        queue.close();
    }
}
