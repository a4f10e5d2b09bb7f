package io.github.cloze4j.kernel.nd4j;

import io.github.cloze4j.kernel.HostLosses;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import org.bytedeco.javacpp.BytePointer;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The elements of a contiguous row-major array, seen from Java, for what ND4J has no sound operation for (its scatter
 * races, its views trap). On a CPU backend this is the array's own memory; on any other a copy, written back on close.
 */
final class HostMatrix implements HostLosses.Scores, AutoCloseable {
    private final INDArray array;
    private final int columns;
    private final @Nullable FloatBuffer floats;
    private final DoubleBuffer doubles;
    private final boolean copied;

    private HostMatrix(INDArray array, @Nullable FloatBuffer floats, DoubleBuffer doubles, boolean copied) {
        this.array = array;
        this.columns = Math.toIntExact(array.size(-1));
        this.floats = floats;
        this.doubles = doubles;
        this.copied = copied;
    }

    /** Memory at an address, which JavaCPP's constructors do not offer. */
    private static final class Memory extends BytePointer {
        Memory(long address, long bytes) {
            super((org.bytedeco.javacpp.Pointer) null);
            this.address = address;
            this.limit = bytes;
            this.capacity = bytes;
        }
    }

    static HostMatrix of(INDArray array) {
        if (!Nd4j.getEnvironment().isCPU()) {
            return new HostMatrix(
                    array, null, DoubleBuffer.wrap(array.dup().data().asDouble()), true);
        }
        ByteBuffer bytes = bytes(array);
        return array.dataType() == DataType.FLOAT
                ? new HostMatrix(array, bytes.asFloatBuffer(), DoubleBuffer.allocate(0), false)
                : new HostMatrix(array, null, bytes.asDoubleBuffer(), false);
    }

    /** Copies raw elements, in native order, into an array. */
    static void upload(ByteBuffer from, INDArray x) {
        ByteBuffer source = expect(from, x).order(ByteOrder.nativeOrder());
        if (Nd4j.getEnvironment().isCPU()) {
            bytes(x).put(source);
            return;
        }
        INDArray values;
        if (x.dataType() == DataType.FLOAT) {
            float[] copy = new float[Math.toIntExact(x.length())];
            source.asFloatBuffer().get(copy);
            values = Nd4j.createFromArray(copy);
        } else {
            double[] copy = new double[Math.toIntExact(x.length())];
            source.asDoubleBuffer().get(copy);
            values = Nd4j.createFromArray(copy);
        }
        x.assign(values.reshape(x.shape()));
    }

    /** Copies raw elements, in native order, out of an array. */
    static void download(INDArray x, ByteBuffer into) {
        ByteBuffer target = expect(into, x).order(ByteOrder.nativeOrder());
        if (Nd4j.getEnvironment().isCPU()) {
            target.put(bytes(x));
        } else if (x.dataType() == DataType.FLOAT) {
            target.asFloatBuffer().put(x.dup().data().asFloat());
        } else {
            target.asDoubleBuffer().put(x.dup().data().asDouble());
        }
    }

    private static ByteBuffer expect(ByteBuffer buffer, INDArray x) {
        long bytes = x.length() * x.dataType().width();
        if (buffer.remaining() != bytes) {
            throw new IllegalArgumentException(
                    "Expected a buffer with " + bytes + " bytes remaining. Received: " + buffer.remaining());
        }
        return buffer.duplicate();
    }

    /** The memory of an array on a CPU backend. */
    static ByteBuffer bytes(INDArray array) {
        int width = array.dataType().width();
        long bytes = Math.multiplyExact(array.length(), width);
        Memory memory = new Memory(array.data().address() + array.offset() * width, Math.toIntExact(bytes));
        return memory.asByteBuffer().order(ByteOrder.nativeOrder());
    }

    int columns() {
        return columns;
    }

    /** An element of the flattened array. */
    @Override
    public double get(int index) {
        return floats == null ? doubles.get(index) : floats.get(index);
    }

    /** An element of the flattened array. */
    @Override
    public void put(int index, double value) {
        if (floats == null) {
            doubles.put(index, value);
        } else {
            floats.put(index, (float) value);
        }
    }

    /** Reads {@code count} elements from {@code start} of the flattened array. */
    void read(int start, double[] into, int count) {
        if (floats == null) {
            doubles.get(start, into, 0, count);
            return;
        }
        for (int i = 0; i < count; i++) {
            into[i] = floats.get(start + i);
        }
    }

    /** Writes {@code count} elements at {@code start} of the flattened array. */
    void write(int start, double[] from, int count) {
        if (floats == null) {
            doubles.put(start, from, 0, count);
            return;
        }
        for (int i = 0; i < count; i++) {
            floats.put(start + i, (float) from[i]);
        }
    }

    /** A copy of a whole array. */
    static double[] values(INDArray array) {
        try (HostMatrix matrix = of(array)) {
            double[] values = new double[Math.toIntExact(array.length())];
            matrix.read(0, values, values.length);
            return values;
        }
    }

    @Override
    public void close() {
        if (copied) {
            array.assign(Nd4j.createFromArray(doubles.array())
                    .castTo(array.dataType())
                    .reshape(array.shape()));
        }
    }
}
