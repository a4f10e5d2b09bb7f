package io.github.cloze4j.kernel.cuda;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import java.util.Arrays;

/**
 * Memory of the emulated device, between two guards in which nobody may write. They hold NaN, so that what is read there
 * shows in the results.
 */
final class DeviceArray {
    private static final int GUARD_BYTES = 256;
    private static final byte NAN = (byte) 0xFF;

    private final Memory memory;
    private final int bytes;
    private final int start;

    private DeviceArray(int bytes) {
        this.bytes = bytes;
        start = 0;
        memory = new Memory(2L * GUARD_BYTES + bytes);
        memory.setMemory(0, memory.size(), NAN);
    }

    static DeviceArray of(float... values) {
        DeviceArray array = new DeviceArray(values.length * Float.BYTES);
        array.memory.write(GUARD_BYTES, values, 0, values.length);
        return array;
    }

    static DeviceArray of(double... values) {
        DeviceArray array = new DeviceArray(values.length * Double.BYTES);
        array.memory.write(GUARD_BYTES, values, 0, values.length);
        return array;
    }

    static DeviceArray of(int... values) {
        DeviceArray array = new DeviceArray(values.length * Integer.BYTES);
        array.memory.write(GUARD_BYTES, values, 0, values.length);
        return array;
    }

    /** Floats that are not numbers: a kernel must write every element. */
    static DeviceArray poisonedFloats(int length) {
        return poisoned(length * Float.BYTES);
    }

    static DeviceArray poisonedDoubles(int length) {
        return poisoned(length * Double.BYTES);
    }

    static DeviceArray poisonedBf16(int length) {
        return poisoned(length * Short.BYTES);
    }

    private static DeviceArray poisoned(int bytes) {
        DeviceArray array = new DeviceArray(bytes);
        array.memory.setMemory(GUARD_BYTES, bytes, NAN);
        return array;
    }

    private DeviceArray(DeviceArray whole, int start) {
        memory = whole.memory;
        bytes = whole.bytes;
        this.start = start;
    }

    /** The same array for a kernel that begins at another float. */
    DeviceArray from(int element) {
        return new DeviceArray(this, element * Float.BYTES);
    }

    Pointer pointer() {
        return memory.share((long) GUARD_BYTES + start);
    }

    float[] floats() {
        return memory.getFloatArray(GUARD_BYTES, bytes / Float.BYTES);
    }

    double[] doubles() {
        return memory.getDoubleArray(GUARD_BYTES, bytes / Double.BYTES);
    }

    int[] ints() {
        return memory.getIntArray(GUARD_BYTES, bytes / Integer.BYTES);
    }

    short[] bf16() {
        return memory.getShortArray(GUARD_BYTES, bytes / Short.BYTES);
    }

    byte[] content() {
        return memory.getByteArray(GUARD_BYTES, bytes);
    }

    boolean guardsAreIntact() {
        return intact(memory.getByteArray(0, GUARD_BYTES))
                && intact(memory.getByteArray((long) GUARD_BYTES + bytes, GUARD_BYTES));
    }

    private static boolean intact(byte[] guard) {
        byte[] expected = new byte[GUARD_BYTES];
        Arrays.fill(expected, NAN);
        return Arrays.equals(expected, guard);
    }
}
