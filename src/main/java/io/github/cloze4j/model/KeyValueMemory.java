package io.github.cloze4j.model;

import io.github.cloze4j.BackendException;
import io.github.cloze4j.kernel.Arena;
import io.github.cloze4j.kernel.CachedAttention;
import io.github.cloze4j.kernel.FreeMemory;
import io.github.cloze4j.kernel.Kernels;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The keys and values of all layers for texts that grow. Each text has a slot. A text that goes on keeps its slot, wherever it
 * stands among the texts; a copy of a text takes the slot of a text that has ended, and only those positions are copied in which
 * both differ: for the beams of a search mostly the last few. Slots and positions grow by powers of two.
 */
final class KeyValueMemory implements AutoCloseable {
    /** The fewest positions of a slot. */
    private static final int POSITIONS = 64;

    private final Kernels kernels;
    private final CachedAttention attention;
    private final BertConfig config;
    private Arena.@Nullable Plan<List<INDArray>> plan;
    private int positions;
    /** For each slot the text whose keys and values it holds; null if it holds none. */
    private @Nullable GrowingText[] held = new GrowingText[0];
    /** The slot of each text. */
    private int[] slots = new int[0];

    KeyValueMemory(Kernels kernels, CachedAttention attention, BertConfig config) {
        this.kernels = kernels;
        this.attention = attention;
        this.config = config;
    }

    /** The slot of each text. */
    int[] slots() {
        return slots;
    }

    /** The keys and values of a layer, as {@link CachedAttention} describes them. */
    INDArray layer(int layer) {
        return arrays().get(layer);
    }

    private List<INDArray> arrays() {
        if (plan == null) {
            throw new IllegalStateException("Expected texts that have begun. Received: none");
        }
        return plan.arrays();
    }

    /** Gives each of new texts a slot with room for one more token. */
    void begin(GrowingTexts texts) {
        int count = texts.all().size();
        int longest = Math.min(texts.longest() + 1, config.maxPositionEmbeddings());
        if (count > held.length || longest > positions) {
            close();
            allocate(count, longest);
        }
        held = new GrowingText[held.length];
        slots = IntStream.range(0, count).toArray();
        for (int text = 0; text < count; text++) {
            held[text] = texts.all().get(text);
        }
    }

    /** Makes room for texts that are to become longer. */
    void reserve(int length) {
        if (length > positions) {
            grow(held.length, length);
        }
    }

    /**
     * Goes on with some texts.
     *
     * @param numbers the number of the earlier text that each text continues
     * @param selected the texts as they are now; two that continue the same one differ in what comes later only
     */
    void select(int[] numbers, List<GrowingText> selected) {
        if (numbers.length > held.length) {
            grow(numbers.length, positions);
        }
        int[] before = slots;
        int[] after = new int[numbers.length];
        boolean[] taken = new boolean[held.length];
        List<Integer> copies = new ArrayList<>();
        for (int text = 0; text < numbers.length; text++) {
            int slot = before[numbers[text]];
            if (taken[slot]) {
                copies.add(text);
            } else {
                taken[slot] = true;
                after[text] = slot;
            }
        }
        for (int text : copies) {
            int slot = closest(selected.get(text), taken);
            taken[slot] = true;
            after[text] = slot;
            copy(before[numbers[text]], slot, selected.get(text));
        }
        for (int text = 0; text < numbers.length; text++) {
            held[after[text]] = selected.get(text);
        }
        slots = after;
    }

    /** The free slot that shares the longest beginning with a text. */
    private int closest(GrowingText text, boolean[] taken) {
        int best = -1;
        int longest = -1;
        for (int slot = 0; slot < taken.length; slot++) {
            int common = taken[slot] ? -1 : common(slot, text);
            if (common > longest) {
                longest = common;
                best = slot;
            }
        }
        return best;
    }

    private int common(int slot, GrowingText text) {
        GrowingText other = held[slot];
        return other == null ? 0 : other.common(text);
    }

    private void copy(int from, int to, GrowingText text) {
        int common = common(to, text);
        if (common < text.length()) {
            for (INDArray layer : arrays()) {
                attention.copy(layer, from, layer, to, common, text.length());
            }
        }
    }

    private void grow(int atLeastSlots, int atLeastPositions) {
        Arena.Plan<List<INDArray>> old = plan;
        @Nullable GrowingText[] kept = held;
        List<INDArray> from = arrays();
        allocate(atLeastSlots, atLeastPositions);
        List<INDArray> to = arrays();
        for (int slot : slots) {
            GrowingText text = kept[slot];
            for (int layer = 0; text != null && layer < to.size(); layer++) {
                attention.copy(from.get(layer), slot, to.get(layer), slot, 0, text.length());
            }
            held[slot] = text;
        }
        if (old != null) {
            old.arena().close();
        }
    }

    private void allocate(int atLeastSlots, int atLeastPositions) {
        int count = InferencePass.powerOfTwo(atLeastSlots);
        int room = Math.min(
                config.maxPositionEmbeddings(), InferencePass.powerOfTwo(Math.max(POSITIONS, atLeastPositions)));
        requireMemory(count, room);
        plan = Arena.plan(kernels.type(), arena -> take(arena, count, room));
        positions = room;
        held = new GrowingText[count];
    }

    private List<INDArray> take(Arena arena, int count, int room) {
        int heads = config.numAttentionHeads();
        List<INDArray> layers = new ArrayList<>();
        for (int layer = 0; layer < config.numHiddenLayers(); layer++) {
            layers.add(arena.take(count, 2, heads, room, config.hiddenSize() / heads));
        }
        return layers;
    }

    /** The system would give the pages, and kill the process when they are used. */
    private void requireMemory(int count, int room) {
        long bytes = kernels.type().width() * Arena.measure(kernels.type(), arena -> take(arena, count, room));
        FreeMemory free = kernels.freeMemory();
        if (bytes > free.bytes()) {
            throw new BackendException("Expected texts whose keys and values fit into memory: " + count + " of up to "
                    + room + " tokens need " + FreeMemory.readable(bytes) + ". Received: "
                    + FreeMemory.readable(free.bytes()) + " free on " + free.place()
                    + ". Let fewer or shorter texts grow at a time");
        }
    }

    @Override
    public void close() {
        if (plan != null) {
            plan.arena().close();
        }
        plan = null;
        positions = 0;
        held = new GrowingText[0];
    }
}
