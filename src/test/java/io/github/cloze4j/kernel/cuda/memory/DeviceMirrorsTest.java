package io.github.cloze4j.kernel.cuda.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.cloze4j.BackendException;
import io.github.cloze4j.kernel.Arena;
import io.github.cloze4j.kernel.Nd4jBackend;
import io.github.cloze4j.kernel.cuda.driver.CudaDriver;
import io.github.cloze4j.kernel.cuda.driver.RecordingDriver;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataBuffer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Where arrays are on a device, and when their mirrors are allocated and freed. */
class DeviceMirrorsTest {
    private static final long GIGABYTE = 1L << 30;

    private final RecordingDriver driver = new RecordingDriver(64 * GIGABYTE);
    private final DeviceMirrors mirrors = mirrors(driver);
    private final Arena arena = Arena.allocate(DataType.FLOAT, 1 << 16);

    @BeforeAll
    static void load() {
        Nd4jBackend.load();
    }

    private static DeviceMirrors mirrors(CudaDriver driver) {
        return new DeviceMirrors(driver, new Bf16Copies(driver));
    }

    @AfterEach
    void free() {
        arena.close();
    }

    @Test
    void aViewIsAsFarFromTheMirrorsStartAsFromTheArenas() {
        INDArray first = arena.take(3, 5);
        INDArray second = arena.take(7, 16);
        long base = mirrors.addressOf(arena.flat());
        assertEquals(base, mirrors.addressOf(first));
        assertEquals(base + 64, mirrors.addressOf(second));
        assertEquals(base + 64 + 3 * 64, mirrors.addressOf(Arena.rows(second, 3, 4)));
        assertEquals(base + 64 + 5 * 64, mirrors.addressOf(Arena.rows(Arena.rows(second, 3, 4), 2, 2)));
        assertEquals(1, driver.allocations.size());
    }

    @Test
    void anArenaIsMirroredOnceAndFreedAfterItIsClosed() {
        Arena other = Arena.allocate(DataType.FLOAT, 1000);
        mirrors.addressOf(other.flat());
        mirrors.addressOf(other.take(5));
        mirrors.addressOf(arena.flat());
        assertEquals(2, driver.allocations.size());
        other.close();
        mirrors.sweep();
        assertEquals(1, driver.allocations.size());
    }

    @Test
    void theNextArenaInTheSamePlaceGetsAMirrorOfItsOwn() {
        for (int i = 0; i < 50; i++) {
            try (Arena next = Arena.allocate(DataType.FLOAT, 5000)) {
                driver.events.clear();
                mirrors.addressOf(next.flat());
                assertTrue(
                        driver.events.stream().anyMatch(event -> event.startsWith("zero")), driver.events.toString());
            }
        }
        mirrors.sweep();
        assertEquals(0, driver.allocations.size());
    }

    @Test
    void anArenaThatIsForgottenIsFreedToo() throws InterruptedException {
        mirrorOne();
        for (int i = 0; i < 100 && !driver.allocations.isEmpty(); i++) {
            System.gc();
            Thread.sleep(10);
            mirrors.sweep();
        }
        assertEquals(0, driver.allocations.size());
    }

    /** Otherwise a plan counts on memory that the next array takes. */
    @Test
    void aMirrorThatOtherKernelsKeptDoesNotCountForTheNextArenaInTheSamePlace() throws InterruptedException {
        DeviceMirrors other = mirrors(new RecordingDriver(64 * GIGABYTE));
        boolean reused = false;
        for (int i = 0; i < 100 && !reused; i++) {
            long address = mirrorOneAndClose(other);
            System.gc();
            Thread.sleep(10);
            try (Arena next = Arena.allocate(DataType.FLOAT, 5000)) {
                DataBuffer buffer = next.flat().data();
                long missing = mirrors.missingBytes();
                reused = buffer.address() == address;
                mirrors.addressOf(next.flat());
                assertEquals(missing - buffer.length() * Float.BYTES, mirrors.missingBytes());
            }
        }
        other.clear();
        assumeTrue(reused, "no address was used twice in 100 tries: this machine cannot show the fault");
    }

    private static long mirrorOneAndClose(DeviceMirrors device) {
        try (Arena former = Arena.allocate(DataType.FLOAT, 5000)) {
            device.addressOf(former.flat());
            return former.flat().data().address();
        }
    }

    private void mirrorOne() {
        mirrors.addressOf(Arena.allocate(DataType.FLOAT, 5000).flat());
    }

    @Test
    void whatDoesNotFitIsRefusedWithAllThatOpenArenasNeed() {
        RecordingDriver small = new RecordingDriver(1 << 20);
        DeviceMirrors tight = mirrors(small);
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
    void otherTypesAreRefused() {
        INDArray doubles = Nd4j.create(DataType.DOUBLE, 3);
        assertThrows(IllegalArgumentException.class, () -> mirrors.addressOf(doubles));
    }
}
