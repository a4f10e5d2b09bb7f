package io.github.cloze4j.kernel.cuda.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.BackendException;
import io.github.cloze4j.kernel.cuda.driver.RecordingDriver;
import org.junit.jupiter.api.Test;

/** When floats are rounded, and where their copies are. */
class Bf16CopiesTest {
    private final RecordingDriver driver = new RecordingDriver(1 << 20);
    private final Bf16Copies copies = new Bf16Copies(driver);
    private final long memory = cover(driver.allocate(4096));

    private long cover(long start) {
        copies.cover(start, 4096);
        return start;
    }

    private int rounded() {
        return driver.launched("toBf16");
    }

    @Test
    void floatsAreRoundedOnceUntilTheyAreWritten() {
        long copy = copies.operand(memory, 100);
        assertEquals(copy, copies.operand(memory, 100));
        assertEquals(1, rounded());
        copies.stale(memory + 80, 1);
        assertEquals(copy, copies.operand(memory, 100));
        assertEquals(2, rounded());
    }

    @Test
    void whatAKernelCopiesIsNotRounded() {
        long copy = copies.written(memory + 64, 100);
        assertEquals(copy, copies.operand(memory + 64, 100));
        assertEquals(0, rounded());
    }

    @Test
    void aViewIsAsFreshAsWhatItIsAViewOf() {
        long copy = copies.written(memory, 512);
        assertEquals(copy + 32 * Short.BYTES, copies.operand(memory + 32 * Float.BYTES, 480));
        assertEquals(0, rounded());
        copies.stale(memory + 4 * Float.BYTES, 4);
        copies.operand(memory, 4);
        copies.operand(memory + 8 * Float.BYTES, 504);
        assertEquals(0, rounded());
        copies.operand(memory + 7 * Float.BYTES, 2);
        assertEquals(1, rounded());
    }

    @Test
    void otherNumbersInTheRoomOfACopyAreNotTheCopy() {
        long copy = copies.operand(memory, 100);
        assertEquals(copy, copies.room(memory, 100));
        copies.operand(memory, 100);
        assertEquals(2, rounded());
    }

    @Test
    void floatsOfWhatWasWrittenInBf16AloneAreMadeWhenAskedFor() {
        copies.writtenInstead(memory, 100);
        assertTrue(copies.isCopyOnly(memory + 40, 90));
        copies.operand(memory, 100);
        assertEquals(0, driver.launched("toFloat"));
        assertEquals(memory + 40, copies.floats(memory + 40, 200));
        assertEquals(memory + 40, copies.floats(memory + 40, 200));
        assertEquals(1, driver.launched("toFloat"));
        assertFalse(copies.isCopyOnly(memory, 100));
        assertTrue(copies.isCopyOnly(memory, 10));
        copies.stale(memory, 5);
        copies.written(memory + 20, 2);
        assertTrue(copies.isCopyOnly(memory + 28, 3));
        copies.operand(memory, 100);
        assertEquals(2, driver.launched("toFloat"), "the rest, before all are rounded");
        assertEquals(1, rounded());
    }

    @Test
    void memoryInAnAddressThatIsUsedAgainHasNoCopies() {
        copies.writtenInstead(memory, 1024);
        copies.release(memory);
        assertEquals(1, driver.allocations.size());
        cover(memory);
        copies.operand(memory, 1024);
        assertEquals(1, rounded());
        assertEquals(0, driver.launched("toFloat"));
    }

    @Test
    void memoryIsAllocatedForTheFirstCopyAndFreed() {
        copies.stale(memory, 1024);
        assertEquals(0, copies.bytes());
        copies.operand(memory + 2048, 4);
        copies.operand(memory, 4);
        assertEquals(2048, copies.bytes());
        assertEquals(4096 + 2048, driver.used());
        copies.release(memory);
        assertEquals(4096, driver.used());
    }

    /** A capture frees nothing. */
    @Test
    void aReleaseThatIsRefusedLeavesAllAsItWas() {
        copies.writtenInstead(memory, 1024);
        assertThrows(BackendException.class, () -> driver.capture(() -> copies.release(memory)));
        assertEquals(2048, copies.bytes());
        assertTrue(copies.isCopyOnly(memory, 1024));
        copies.release(memory);
        assertEquals(4096, driver.used());
        assertFalse(copies.isCopyOnly(memory, 1024));
    }

    @Test
    void memoryThatIsNotCoveredIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> copies.operand(memory - 4, 1));
        assertThrows(IllegalArgumentException.class, () -> copies.written(memory, 1025));
        copies.release(memory);
        assertThrows(IllegalArgumentException.class, () -> copies.operand(memory, 1));
    }
}
