package io.github.cloze4j.kernel.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.cloze4j.BackendException;
import io.github.cloze4j.kernel.Activation;
import io.github.cloze4j.kernel.AdamWStep;
import io.github.cloze4j.kernel.Arena;
import io.github.cloze4j.kernel.Clipping;
import io.github.cloze4j.kernel.Dropout;
import io.github.cloze4j.kernel.Nd4jBackend;
import io.github.cloze4j.kernel.Precision;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataBuffer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** What the provider asks of a device: where arrays are on it, what is allocated and freed, and in which order. */
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
    void aViewIsAsFarFromTheMirrorsStartAsFromTheArenas() {
        INDArray first = arena.take(3, 5);
        INDArray second = arena.take(7, 16);
        long base = queue.addressOf(arena.flat());
        assertEquals(base, queue.addressOf(first));
        assertEquals(base + 64, queue.addressOf(second));
        assertEquals(base + 64 + 3 * 64, queue.addressOf(Arena.rows(second, 3, 4)));
        assertEquals(base + 64 + 5 * 64, queue.addressOf(Arena.rows(Arena.rows(second, 3, 4), 2, 2)));
        assertEquals(1, driver.allocations.size());
    }

    @Test
    void anArenaIsMirroredOnceAndFreedAfterItIsClosed() {
        Arena other = Arena.allocate(DataType.FLOAT, 1000);
        queue.addressOf(other.flat());
        queue.addressOf(other.take(5));
        queue.addressOf(arena.flat());
        assertEquals(2, driver.allocations.size());
        other.close();
        queue.mirrors().sweep();
        assertEquals(1, driver.allocations.size());
        assertEquals(queue.mirrors().bytes(), driver.used());
    }

    @Test
    void theNextArenaInTheSamePlaceGetsAMirrorOfItsOwn() {
        for (int i = 0; i < 50; i++) {
            try (Arena next = Arena.allocate(DataType.FLOAT, 5000)) {
                driver.events.clear();
                queue.addressOf(next.flat());
                assertTrue(
                        driver.events.stream().anyMatch(event -> event.startsWith("zero")), driver.events.toString());
            }
        }
        queue.mirrors().sweep();
        assertEquals(0, driver.allocations.size());
    }

    @Test
    void anArenaThatIsForgottenIsFreedToo() throws InterruptedException {
        mirrorOne();
        for (int i = 0; i < 100 && !driver.allocations.isEmpty(); i++) {
            System.gc();
            Thread.sleep(10);
            queue.mirrors().sweep();
        }
        assertEquals(0, driver.allocations.size());
    }

    /** Otherwise a plan counts on memory that the next array takes. */
    @Test
    void aMirrorThatOtherKernelsKeptDoesNotCountForTheNextArenaInTheSamePlace() throws InterruptedException {
        DeviceQueue other = new DeviceQueue(new RecordingDriver(64 * GIGABYTE));
        boolean reused = false;
        for (int i = 0; i < 100 && !reused; i++) {
            long address = mirrorOneAndClose(other);
            System.gc();
            Thread.sleep(10);
            try (Arena next = Arena.allocate(DataType.FLOAT, 5000)) {
                DataBuffer buffer = next.flat().data();
                long missing = queue.mirrors().missingBytes();
                reused = buffer.address() == address;
                queue.addressOf(next.flat());
                assertEquals(
                        missing - buffer.length() * Float.BYTES, queue.mirrors().missingBytes());
            }
        }
        other.close();
        assumeTrue(reused, "no address was used twice in 100 tries: this machine cannot show the fault");
    }

    private static long mirrorOneAndClose(DeviceQueue device) {
        try (Arena former = Arena.allocate(DataType.FLOAT, 5000)) {
            device.addressOf(former.flat());
            return former.flat().data().address();
        }
    }

    private void mirrorOne() {
        queue.addressOf(Arena.allocate(DataType.FLOAT, 5000).flat());
    }

    @Test
    void whatDoesNotFitIsRefusedWithAllThatOpenArenasNeed() {
        RecordingDriver small = new RecordingDriver(1 << 20);
        DeviceQueue tight = new DeviceQueue(small);
        try (Arena rest = Arena.allocate(DataType.FLOAT, 1 << 20)) {
            String message = assertThrows(BackendException.class, () -> tight.addressOf(arena.flat()))
                    .getMessage();
            assertTrue(
                    message.matches(".*needs [0-9.]+ MB.*Received: 1\\.0 MB free.*Use a smaller batch, .*"), message);
            assertEquals(0, small.allocations.size());
            assertTrue(rest.bytes() > 0);
        }
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

    @Test
    void otherTypesAreRefused() {
        INDArray doubles = Nd4j.create(DataType.DOUBLE, 3);
        assertThrows(IllegalArgumentException.class, () -> queue.addressOf(doubles));
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
        int[] documents = {0, 3, 5, 6};
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
