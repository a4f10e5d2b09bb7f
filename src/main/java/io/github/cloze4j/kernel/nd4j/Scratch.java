package io.github.cloze4j.kernel.nd4j;

import java.util.EnumMap;
import java.util.Map;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Arrays for intermediate results, by slot; a slot grows to the largest shape asked of it and is then reused. */
final class Scratch implements AutoCloseable {
    /** Two slots never share memory. */
    enum Slot {
        ONES,
        FIRST,
        SECOND
    }

    private final DataType type;
    private final Map<Slot, INDArray> slots = new EnumMap<>(Slot.class);

    Scratch(DataType type) {
        this.type = type;
    }

    DataType type() {
        return type;
    }

    /** An array of unspecified content, valid until the slot is asked for again. */
    INDArray get(Slot slot, long... shape) {
        long length = 1;
        for (long size : shape) {
            length *= size;
        }
        INDArray memory = slots.get(slot);
        if (memory == null || memory.length() < length) {
            memory = Nd4j.create(type, length);
            slots.put(slot, memory);
        }
        return Nd4j.create(memory.data(), shape, Nd4j.getStrides(shape, 'c'), 0, 'c');
    }

    /** As {@link #get}, of another array's shape. */
    INDArray like(Slot slot, INDArray array) {
        return get(slot, array.shape());
    }

    /** Frees all slots. */
    @Override
    public void close() {
        slots.values().forEach(INDArray::close);
        slots.clear();
    }
}
