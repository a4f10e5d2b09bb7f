package io.github.cloze4j.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Arenas take memory of the machine where they are used, hold zeros, and live as long as their views. */
class ArenaMemoryTest {
    private static final long MEGABYTE = 1 << 20;
    private static final long BYTES = 256 * MEGABYTE;

    @BeforeAll
    static void load() {
        Nd4jBackend.load();
        Arena.allocate(DataType.FLOAT, 1).close();
    }

    @ParameterizedTest
    @EnumSource(
            value = DataType.class,
            names = {"FLOAT", "DOUBLE"})
    void onlyWhatIsUsedOfAnArenaTakesMemory(DataType type) {
        System.gc();
        long before = Pointer.physicalBytes();
        try (Arena arena = Arena.allocate(type, BYTES / type.width())) {
            assertTrue(Pointer.physicalBytes() - before < BYTES / 4, "resident before use");
            arena.flat().assign(1);
            assertTrue(Pointer.physicalBytes() - before > BYTES / 2, "resident after use");
        }
        assertTrue(Pointer.physicalBytes() - before < BYTES / 4, "resident after close");
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
