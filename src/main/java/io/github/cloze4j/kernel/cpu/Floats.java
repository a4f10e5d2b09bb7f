package io.github.cloze4j.kernel.cpu;

import io.github.cloze4j.kernel.Arena;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A stretch of native memory as Java sees it: blocks are copied in and out, as numbers or as their bits. It may be longer
 * than a buffer of Java: then it is seen through windows that overlap, so that each block lies in one of them.
 */
final class Floats implements Operand {
    private static final int LINE_FLOATS = 16;
    private static final long LINE_BYTES = 64;

    /** A window begins every {@code 1 << 28} elements: 1 GiB. */
    private static final int WINDOW_BITS = 28;

    private static final int WINDOW_BYTES = Float.BYTES << WINDOW_BITS;

    private static final int OFFSET_IN_WINDOW = (1 << WINDOW_BITS) - 1;

    /** Elements of the longest block that is copied at a time. */
    private static final int MOST_OF_A_BLOCK = 1 << 27;

    private final Pointer owner;
    private final long address;
    private final long length;
    private final ByteBuffer[] bytes;
    private final FloatBuffer[] numbers;
    private final IntBuffer[] bits;
    /** The first window, which most memory has alone: a step reads and writes many small blocks of it. */
    private final FloatBuffer firstNumbers;

    private final IntBuffer firstBits;
    private final boolean oneWindow;

    private Floats(Pointer owner, long address, long length) {
        this.owner = owner;
        this.address = address;
        this.length = length;
        int windows = Math.toIntExact(Math.max(1, (length + OFFSET_IN_WINDOW) >>> WINDOW_BITS));
        bytes = new ByteBuffer[windows];
        numbers = new FloatBuffer[windows];
        bits = new IntBuffer[windows];
        for (int window = 0; window < windows; window++) {
            long start = (long) window << WINDOW_BITS;
            long elements = Math.min(length - start, (1L << WINDOW_BITS) + MOST_OF_A_BLOCK);
            bytes[window] = new Place(address(start), elements * Float.BYTES)
                    .asByteBuffer()
                    .order(ByteOrder.nativeOrder());
            numbers[window] = bytes[window].asFloatBuffer();
            bits[window] = bytes[window].asIntBuffer();
        }
        firstNumbers = numbers[0];
        firstBits = bits[0];
        oneWindow = windows == 1;
    }

    /** Memory at an address, which JavaCPP's constructors do not offer. */
    private static final class Place extends org.bytedeco.javacpp.BytePointer {
        Place(long address, long bytes) {
            super((Pointer) null);
            this.address = address;
            this.limit = bytes;
            this.capacity = bytes;
        }
    }

    /** The memory of an array, which the array goes on owning. */
    static Floats of(INDArray array) {
        return new Floats(new Place(0, 0), addressOf(array), Arena.span(array));
    }

    static long addressOf(INDArray array) {
        return array.data().address() + array.offset() * Float.BYTES;
    }

    /** Memory of its own on a 64-byte line, freed with the object. */
    static Floats allocate(long length) {
        FloatPointer memory = new FloatPointer(length + LINE_FLOATS);
        long misaligned = memory.address() % LINE_BYTES;
        return new Floats(memory, memory.address() + (misaligned == 0 ? 0 : LINE_BYTES - misaligned), length);
    }

    /** Elements. */
    long length() {
        return length;
    }

    @Override
    public long address(long index) {
        return address + index * Float.BYTES;
    }

    private static int offset(long index) {
        return (int) index & OFFSET_IN_WINDOW;
    }

    private FloatBuffer numbers(long index) {
        return numbers[(int) (index >>> WINDOW_BITS)];
    }

    private IntBuffer bits(long index) {
        return bits[(int) (index >>> WINDOW_BITS)];
    }

    /** Copies all bytes that remain in a buffer to the start; the position of the buffer stays. */
    void upload(ByteBuffer from) {
        for (long start = 0; start < from.remaining(); start += WINDOW_BYTES) {
            int count = (int) Math.min(WINDOW_BYTES, from.remaining() - start);
            bytes[(int) (start / WINDOW_BYTES)].put(0, from, from.position() + (int) start, count);
        }
    }

    /** Copies bytes from the start on until a buffer is full; the position of the buffer stays. */
    void download(ByteBuffer into) {
        for (long start = 0; start < into.remaining(); start += WINDOW_BYTES) {
            int count = (int) Math.min(WINDOW_BYTES, into.remaining() - start);
            into.put(into.position() + (int) start, bytes[(int) (start / WINDOW_BYTES)], 0, count);
        }
    }

    float get(long index) {
        return numbers(index).get(offset(index));
    }

    void put(long index, float value) {
        numbers(index).put(offset(index), value);
    }

    /** Copies elements from {@code index} on to the start of {@code into}. */
    void read(long index, float[] into, int count) {
        if (oneWindow) {
            firstNumbers.get((int) index, into, 0, count);
        } else {
            numbers(index).get(offset(index), into, 0, count);
        }
    }

    /** Copies the start of {@code from} to elements from {@code index} on. */
    void write(long index, float[] from, int count) {
        if (oneWindow) {
            firstNumbers.put((int) index, from, 0, count);
        } else {
            numbers(index).put(offset(index), from, 0, count);
        }
    }

    /** Whether all stretches lie in one window, as they do but at its end: then it is looked for once. */
    private static boolean holds(FloatBuffer window, int start, int stride, int columns, int rows) {
        return start + (rows - 1L) * stride + columns <= window.capacity();
    }

    /** Copies {@code rows} stretches of {@code columns} elements, {@code stride} apart, one after the other. */
    void readRows(long index, int stride, float[] into, int columns, int rows) {
        if (stride == columns) {
            read(index, into, rows * columns);
            return;
        }
        FloatBuffer window = numbers(index);
        int start = offset(index);
        if (holds(window, start, stride, columns, rows)) {
            for (int row = 0; row < rows; row++) {
                window.get(start + row * stride, into, row * columns, columns);
            }
            return;
        }
        for (int row = 0; row < rows; row++) {
            long at = index + (long) row * stride;
            numbers(at).get(offset(at), into, row * columns, columns);
        }
    }

    /** The way back of {@link #readRows}. */
    void writeRows(long index, int stride, float[] from, int columns, int rows) {
        if (stride == columns) {
            write(index, from, rows * columns);
            return;
        }
        FloatBuffer window = numbers(index);
        int start = offset(index);
        if (holds(window, start, stride, columns, rows)) {
            for (int row = 0; row < rows; row++) {
                window.put(start + row * stride, from, row * columns, columns);
            }
            return;
        }
        for (int row = 0; row < rows; row++) {
            long at = index + (long) row * stride;
            numbers(at).put(offset(at), from, row * columns, columns);
        }
    }

    /**
     * Copies {@code columns} elements {@code rows} times, one below the other, and returns the array: loops over blocks of
     * rows are long and index all arrays alike, without which the compiler does not vectorise them.
     */
    float[] readTiled(long index, float[] into, int columns, int rows) {
        read(index, into, columns);
        for (int row = 1; row < rows; row++) {
            System.arraycopy(into, 0, into, row * columns, columns);
        }
        return into;
    }

    /** As {@link #read}, the bits of each number. */
    void readBits(long index, int[] into, int count) {
        if (oneWindow) {
            firstBits.get((int) index, into, 0, count);
        } else {
            bits(index).get(offset(index), into, 0, count);
        }
    }

    /** As {@link #write}, the bits of each number. */
    void writeBits(long index, int[] from, int count) {
        if (oneWindow) {
            firstBits.put((int) index, from, 0, count);
        } else {
            bits(index).put(offset(index), from, 0, count);
        }
    }

    /** Frees memory of its own; it must not be used after it. */
    void free() {
        owner.deallocate();
    }
}
