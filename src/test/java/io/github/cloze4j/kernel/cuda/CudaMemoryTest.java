package io.github.cloze4j.kernel.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.kernel.Activation;
import io.github.cloze4j.kernel.AdamWStep;
import io.github.cloze4j.kernel.Arena;
import io.github.cloze4j.kernel.Clipping;
import io.github.cloze4j.kernel.Documents;
import io.github.cloze4j.kernel.Dropout;
import io.github.cloze4j.kernel.Nd4jBackend;
import io.github.cloze4j.kernel.Precision;
import io.github.cloze4j.kernel.cuda.driver.RecordingDriver;
import io.github.cloze4j.kernel.cuda.memory.DeviceQueue;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** What the provider asks of a device: what is launched, allocated and freed, and in which order. */
class CudaMemoryTest {
    private static final long GIGABYTE = 1L << 30;

    private static final AdamWStep STEP = new AdamWStep(1, 0.9, 0.9, 1, 0, 1, true, Clipping.NONE);

    private final RecordingDriver driver = new RecordingDriver(64 * GIGABYTE);
    private final DeviceQueue queue = new DeviceQueue(driver);
    private final CudaKernels kernels = new CudaKernels(queue, Precision.FULL);
    private final Arena arena = Arena.allocate(DataType.FLOAT, 1 << 16);

    @BeforeAll
    static void load() {
        Nd4jBackend.load();
    }

    @AfterEach
    void free() {
        arena.close();
    }

    @Test
    void indicesOutOfRangeNeverReachTheDevice() {
        INDArray table = arena.take(4, 8);
        INDArray x = arena.take(2, 8);
        for (int wrong : new int[] {-1, 4}) {
            int[] ids = {0, wrong};
            int[] right = {0, 1};
            assertThrows(
                    IndexOutOfBoundsException.class,
                    () -> kernels.embeddingSum(ids, right, right, table, table, table, x));
            assertThrows(IndexOutOfBoundsException.class, () -> kernels.gatherRows(table, ids, x));
            assertThrows(IndexOutOfBoundsException.class, () -> kernels.gatherRowsBackward(x, ids, table));
        }
        assertThrows(IndexOutOfBoundsException.class, () -> kernels.crossEntropy(x, new int[] {0, 8}, 1));
        assertTrue(driver.events.stream().allMatch(event -> event.matches("(allocate|zero).*")));
    }

    /** Every product lies inside what was allocated: RecordingDriver checks it. */
    @Test
    void aStepOfALayerAsksInOrder() {
        INDArray x = arena.take(6, 8);
        INDArray weight = arena.take(24, 8);
        INDArray bias = arena.take(24);
        INDArray qkv = arena.take(6, 24);
        INDArray probabilities = arena.take(2 * 6 * 3);
        INDArray context = arena.take(6, 8);
        Documents documents = Documents.bidirectional(0, 3, 5, 6);
        kernels.linear(x, weight, bias, qkv);
        kernels.attention(qkv, documents, 2, new Dropout(0.1, 1, 1, 1), probabilities, context);
        List<String> launches = driver.events.stream()
                .filter(event -> !event.matches("(allocate|zero|upload|record).*"))
                .toList();
        assertEquals(
                List.of(
                        "multiply FP32 with bias",
                        "multiply FP32",
                        "multiply FP32",
                        "attentionSoftmax",
                        "multiply FP32",
                        "multiply FP32"),
                launches);
    }

    @Test
    void bf16RoundsBothOperandsOfLinearLayersOnce() {
        CudaKernels bf16 = new CudaKernels(queue, Precision.BF16);
        INDArray x = arena.take(6, 8);
        INDArray square = arena.take(8, 8);
        INDArray y = arena.take(6, 8);
        bf16.linearActivation(x, square, arena.take(8), Activation.GELU, arena.take(6, 8), y);
        bf16.linear(y, square, arena.take(8), x);
        bf16.gemm(false, false, 0.5, x, square, 0, y);
        List<String> launches = driver.events.stream()
                .filter(event -> !event.matches("(allocate|zero|upload|record).*"))
                .toList();
        assertEquals(
                List.of("toBf16", "toBf16", "multiply BF16", "biasGelu", "multiply BF16 with bias", "multiply FP32"),
                launches);
    }

    @Test
    void otherKernelsHaveAQueueOfTheirOwn() {
        RecordingDriver other = new RecordingDriver(64 * GIGABYTE);
        CudaKernels others = new CudaKernels(new DeviceQueue(other), Precision.FULL);
        INDArray x = arena.take(16);
        kernels.dropout(new Dropout(0.5, 1, 2, 3), x);
        assertEquals(List.of(), other.events);
        others.zero(x);
        int before = driver.events.size();
        others.squaredNorm(x);
        others.close();
        assertEquals(0, other.used());
        assertEquals(before, driver.events.size());
        kernels.squaredNorm(x);
        assertEquals(1, driver.launched("squaredNorm"));
    }

    @Test
    void closingFreesAllAndNothingComesAfter() {
        INDArray x = arena.take(16);
        kernels.dropout(new Dropout(0.5, 1, 2, 3), x);
        kernels.squaredNorm(x);
        kernels.adamW(x, arena.take(16), arena.take(16), arena.take(16), STEP);
        assertNotEquals(0, driver.used());
        queue.close();
        assertEquals(0, driver.used());
        assertEquals(0, driver.hostMemories());
        assertThrows(AssertionError.class, () -> kernels.dropout(new Dropout(0.5, 1, 2, 3), x));
    }
}
