package io.github.cloze4j.kernel.cpu;

import io.github.cloze4j.kernel.Arena;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The {@link Floats} of arrays, made once for each place in memory: a hash table from addresses. It owns nothing, so an
 * array that was freed leaves an entry that is harmless until the table is full and starts again.
 */
final class MemoryViews {
    private static final int CAPACITY = 1 << 14;
    private static final int MOST = CAPACITY / 2;
    private static final int LINE_SHIFT = 2;
    private static final long GOLDEN_RATIO = 0x9E3779B97F4A7C15L;
    private static final int HASH_SHIFT = 64 - 14;

    private final @Nullable Floats[] entries = new Floats[CAPACITY];
    private int used;

    /** Of a row-major array: all memory from its first element to its last. */
    Floats of(INDArray array) {
        long address = Floats.addressOf(array);
        int slot = (int) (((address >>> LINE_SHIFT) * GOLDEN_RATIO) >>> HASH_SHIFT);
        for (; ; slot = (slot + 1) % CAPACITY) {
            Floats found = entries[slot];
            if (found == null) {
                return add(slot, array);
            }
            if (found.address(0) == address) {
                return found.length() >= Arena.span(array) ? found : replace(slot, array);
            }
        }
    }

    /** The same; null of null. */
    @Nullable
    Floats ofNullable(@Nullable INDArray array) {
        return array == null ? null : of(array);
    }

    private Floats add(int slot, INDArray array) {
        if (used == MOST) {
            Arrays.fill(entries, null);
            used = 0;
        }
        used++;
        return replace(slot, array);
    }

    private Floats replace(int slot, INDArray array) {
        Floats floats = Floats.of(array);
        entries[slot] = floats;
        return floats;
    }
}
