package io.github.cloze4j.kernel.cuda.memory;

import io.github.cloze4j.kernel.cuda.driver.CudaDriver;
import java.util.EnumMap;
import java.util.Map;

/** Device memory between the kernels of one operation. It grows to what the largest operation took, and stays. */
public final class DeviceScratch {
    /** Uses that overlap have a slot each. */
    public enum Slot {
        /** Sums over parts of a grid. */
        PARTIAL_SUMS,
        /** What gradients are multiplied by. */
        CLIP_FACTOR,
        /** Tiles of attention. */
        PROBABILITIES,
        DROPPED,
        D_SCORES,
        BF16_D_SCORES
    }

    private record Block(long address, long bytes) {}

    private final CudaDriver driver;
    private final Map<Slot, Block> blocks = new EnumMap<>(Slot.class);

    DeviceScratch(CudaDriver driver) {
        this.driver = driver;
    }

    /** At least that many bytes with any content, until the slot is asked for again. */
    public long get(Slot slot, long bytes) {
        Block block = blocks.get(slot);
        if (block == null || block.bytes() < bytes) {
            if (block != null) {
                driver.free(block.address());
                blocks.remove(slot);
            }
            block = new Block(driver.allocate(bytes), bytes);
            blocks.put(slot, block);
        }
        return block.address();
    }

    /** The same, for floats. */
    public long floats(Slot slot, long count) {
        return get(slot, Math.multiplyExact(count, Float.BYTES));
    }

    /** What all slots take. */
    long bytes() {
        return blocks.values().stream().mapToLong(Block::bytes).sum();
    }

    /** Frees all. */
    void clear() {
        blocks.values().forEach(block -> driver.free(block.address()));
        blocks.clear();
    }
}
