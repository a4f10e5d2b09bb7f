package io.github.cloze4j.kernel.cpu;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A stretch of native memory as Java sees it: blocks are copied in and out, as numbers or as their bits. */
final class Floats implements Operand {
    private static final int LINE_FLOATS = 16;
    private static final long LINE_BYTES = 64;

    private final Pointer owner;
    private final long address;
    private final ByteBuffer bytes;
    private final FloatBuffer numbers;
    private final IntBuffer bits;

    private Floats(Pointer owner, long address, long length) {
        this.owner = owner;
        this.address = address;
        bytes = new Place(address, Math.multiplyExact(length, Float.BYTES))
                .asByteBuffer()
                .order(ByteOrder.nativeOrder());
        numbers = bytes.asFloatBuffer();
        bits = bytes.asIntBuffer();
    }

    /** Memory at an address, which JavaCPP's constructors do not offer. */
    private static final class Place extends org.bytedeco.javacpp.BytePointer {
        Place(long address, long bytes) {
            super((Pointer) null);
            if (bytes > Integer.MAX_VALUE) {
                throw new IllegalArgumentException("Expected an array of at most 2 GiB for the cpu kernels. Received: "
                        + bytes + " bytes. Use a smaller batch or model");
            }
            this.address = address;
            this.limit = bytes;
            this.capacity = bytes;
        }
    }

    /** The memory of an array, which the array goes on owning. */
    static Floats of(INDArray array) {
        return new Floats(new Place(0, 0), addressOf(array), array.length());
    }

    static long addressOf(INDArray array) {
        return array.data().address() + array.offset() * Float.BYTES;
    }

    /** Memory of its own on a 64-byte line, freed with the object. */
    static Floats allocate(int length) {
        FloatPointer memory = new FloatPointer(length + (long) LINE_FLOATS);
        long misaligned = memory.address() % LINE_BYTES;
        return new Floats(memory, memory.address() + (misaligned == 0 ? 0 : LINE_BYTES - misaligned), length);
    }

    /** Elements. */
    int length() {
        return numbers.capacity();
    }

    @Override
    public long address(long index) {
        return address + index * Float.BYTES;
    }

    /** The memory; a view of its own. */
    ByteBuffer bytes() {
        return bytes.duplicate().order(ByteOrder.nativeOrder());
    }

    float get(int index) {
        return numbers.get(index);
    }

    void put(int index, float value) {
        numbers.put(index, value);
    }

    /** Copies elements from {@code index} on to the start of {@code into}. */
    void read(int index, float[] into, int count) {
        numbers.get(index, into, 0, count);
    }

    /** Copies the start of {@code from} to elements from {@code index} on. */
    void write(int index, float[] from, int count) {
        numbers.put(index, from, 0, count);
    }

    /** Copies {@code rows} stretches of {@code columns} elements, {@code stride} apart, one after the other. */
    void readRows(int index, int stride, float[] into, int columns, int rows) {
        if (stride == columns) {
            numbers.get(index, into, 0, rows * columns);
            return;
        }
        for (int row = 0; row < rows; row++) {
            numbers.get(index + row * stride, into, row * columns, columns);
        }
    }

    /** The way back of {@link #readRows}. */
    void writeRows(int index, int stride, float[] from, int columns, int rows) {
        if (stride == columns) {
            numbers.put(index, from, 0, rows * columns);
            return;
        }
        for (int row = 0; row < rows; row++) {
            numbers.put(index + row * stride, from, row * columns, columns);
        }
    }

    /**
     * Copies {@code columns} elements {@code rows} times, one below the other, and returns the array: loops over blocks of
     * rows are long and index all arrays alike, without which the compiler does not vectorise them.
     */
    float[] readTiled(int index, float[] into, int columns, int rows) {
        numbers.get(index, into, 0, columns);
        for (int row = 1; row < rows; row++) {
            System.arraycopy(into, 0, into, row * columns, columns);
        }
        return into;
    }

    /** As {@link #read}, the bits of each number. */
    void readBits(int index, int[] into, int count) {
        bits.get(index, into, 0, count);
    }

    /** As {@link #write}, the bits of each number. */
    void writeBits(int index, int[] from, int count) {
        bits.put(index, from, 0, count);
    }

    /** Frees memory of its own; it must not be used after it. */
    void free() {
        owner.deallocate();
    }
}
