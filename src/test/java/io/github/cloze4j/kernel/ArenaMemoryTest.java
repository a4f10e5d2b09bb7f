package io.github.cloze4j.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.NativeLong;
import com.sun.jna.Platform;
import com.sun.jna.Pointer;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.BytePointer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Arenas take memory of the machine where they are used, hold zeros, and live as long as their views. */
class ArenaMemoryTest {
    private static final long BYTES = 1 << 26;
    private static final long PAGE = 4096;

    @BeforeAll
    static void load() {
        Nd4jBackend.load();
        Arena.allocate(DataType.FLOAT, 1).close();
    }

    /** Of the system's C library: which pages of a range are in memory. */
    private interface Residency extends Library {
        Residency SYSTEM = Native.load(Platform.C_LIBRARY_NAME, Residency.class);

        int mincore(Pointer start, NativeLong length, byte[] resident);
    }

    /** Other memory of the process comes and goes, so that only the arena's own pages are looked at. */
    private static long residentBytes(INDArray flat) {
        long bytes = flat.length() * flat.dataType().width() / PAGE * PAGE;
        byte[] resident = new byte[(int) (bytes / PAGE)];
        long start = flat.data().address() / PAGE * PAGE;
        assertEquals(0, Residency.SYSTEM.mincore(new Pointer(start), new NativeLong(bytes), resident));
        long pages = 0;
        for (byte page : resident) {
            pages += page & 1;
        }
        return pages * PAGE;
    }

    @ParameterizedTest
    @EnabledOnOs(
            value = OS.LINUX,
            architectures = "amd64",
            disabledReason = "pages are known to be of 4 KiB there only")
    @EnumSource(
            value = DataType.class,
            names = {"FLOAT", "DOUBLE"})
    void onlyWhatIsUsedOfAnArenaTakesMemory(DataType type) {
        try (Arena arena = Arena.allocate(type, BYTES / type.width())) {
            assertEquals(0, residentBytes(arena.flat()));
            arena.flat().assign(1);
            assertEquals(BYTES, residentBytes(arena.flat()));
        }
    }

    @ParameterizedTest
    @EnabledOnOs(
            value = OS.LINUX,
            architectures = "amd64",
            disabledReason = "pages are known to be of 4 KiB there only")
    @EnumSource(
            value = DataType.class,
            names = {"FLOAT", "DOUBLE"})
    void aClosedArenaTakesNoMemoryAndItsViewsStayDefined(DataType type) {
        Arena arena = Arena.allocate(type, BYTES / type.width());
        INDArray flat = arena.flat();
        INDArray view = arena.take(3, 5);
        flat.assign(7);
        assertFalse(Arena.isClosed(view.data()));

        arena.close();
        arena.close();

        assertEquals(0, residentBytes(flat));
        assertTrue(Arena.isClosed(view.data()));
        assertTrue(Arena.isClosed(Arena.rows(view, 1, 2).data()));
        assertEquals(0, view.getDouble(2, 4));
        assertEquals(0, view.sumNumber().doubleValue());
        assertThrows(IllegalStateException.class, arena::flat);
        assertThrows(IllegalStateException.class, () -> arena.take(1));
        assertThrows(IllegalStateException.class, () -> arena.view(0, 1));
        // As long as there is a view, no other arena gets the addresses.
        for (int i = 0; i < 20; i++) {
            try (Arena other = Arena.allocate(type, BYTES / type.width())) {
                other.flat().assign(3);
                assertFalse(Arena.isClosed(other.flat().data()));
            }
        }
        assertEquals(0, view.sumNumber().doubleValue());
    }

    /** The system's limit of mappings: closed memory is freed a moment after the garbage collector has run. */
    @Test
    void memoryThatIsFreedSoonIsWaitedFor() {
        ShortOfMappings system = new ShortOfMappings(3);
        try (ZeroedMemory memory = ZeroedMemory.mapped(system, DataType.FLOAT, 100)) {
            assertEquals(system.memory.address(), memory.array().data().address());
        }
        assertThrows(
                OutOfMemoryError.class,
                () -> ZeroedMemory.mapped(new ShortOfMappings(Integer.MAX_VALUE), DataType.FLOAT, 100));
    }

    /** Refuses mappings at first. */
    private static final class ShortOfMappings implements ZeroedMemory.MemoryMapping {
        private final BytePointer memory = new BytePointer(400);
        private int refusals;

        ShortOfMappings(int refusals) {
            this.refusals = refusals;
        }

        @Override
        public long mmap(
                @Nullable Pointer at, NativeLong length, int protection, int flags, int file, NativeLong offset) {
            return refusals-- > 0 ? FAILED : memory.address();
        }

        @Override
        public int madvise(Pointer start, NativeLong length, int advice) {
            return 0;
        }

        @Override
        public int munmap(Pointer start, NativeLong length) {
            return 0;
        }
    }

    /** As on systems without mappings, and if JNA cannot be loaded. */
    @ParameterizedTest
    @EnumSource(
            value = DataType.class,
            names = {"FLOAT", "DOUBLE"})
    void closedMemoryWithoutAMappingStaysWithItsViews(DataType type) {
        for (int round = 0; round < 10; round++) {
            ZeroedMemory memory = ZeroedMemory.allocated(type, 1000);
            INDArray view = memory.array();
            assertEquals(0, view.sumNumber().doubleValue());
            assertFalse(Arena.isClosed(view.data()));
            view.assign(2);
            memory.close();
            memory.close();
            assertNull(memory.array());
            assertTrue(Arena.isClosed(view.data()));
            System.gc();
            assertEquals(2000, view.sumNumber().doubleValue());
        }
    }

    /** Memory that was used before comes again where arenas are small. */
    @ParameterizedTest
    @EnumSource(
            value = DataType.class,
            names = {"FLOAT", "DOUBLE"})
    void aFreshArenaHoldsZeros(DataType type) {
        for (int elements = 1; elements < 1 << 22; elements = 3 * elements + 5) {
            for (int round = 0; round < 3; round++) {
                try (Arena arena = Arena.allocate(type, elements)) {
                    assertEquals(0, arena.flat().norm1Number().doubleValue());
                    INDArray flat = arena.flat();
                    assertEquals(0, (flat.data().address() + flat.offset() * type.width()) % 64);
                    arena.flat().assign(7);
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = DataType.class,
            names = {"FLOAT", "DOUBLE"})
    void aViewKeepsTheMemoryOfAForgottenArena(DataType type) throws InterruptedException {
        List<WeakReference<Arena>> forgotten = new ArrayList<>();
        INDArray view = viewOfAnArena(type, forgotten);
        for (int i = 0; i < 50 && forgotten.get(0).get() != null; i++) {
            System.gc();
            Thread.sleep(10);
        }
        assertNull(forgotten.get(0).get());
        assertEquals(3.0 * 1000, view.sumNumber().doubleValue());
    }

    private static INDArray viewOfAnArena(DataType type, List<WeakReference<Arena>> made) {
        Arena arena = Arena.allocate(type, BYTES / type.width());
        made.add(new WeakReference<>(arena));
        INDArray view = arena.take(1000);
        view.assign(3);
        return view;
    }
}
