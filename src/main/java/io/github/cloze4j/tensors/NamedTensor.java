package io.github.cloze4j.tensors;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A tensor as it lies in a file: row-major, little endian.
 *
 * @param name any text but {@code __metadata__}, which the format keeps for itself
 * @param type the type of the elements
 * @param shape the lengths of the dimensions; none for a scalar
 * @param data the elements; shared with the caller, not copied
 */
public record NamedTensor(String name, TensorType type, long[] shape, ByteBuffer data) implements TensorSource {
    static final String METADATA = "__metadata__";
    /** Far more dimensions than any model has; bounds what a hostile header can ask for. */
    static final int MAXIMUM_RANK = 32;

    /** Refuses data whose length is not that of the shape. */
    public NamedTensor {
        Objects.requireNonNull(name, "name");
        if (name.equals(METADATA)) {
            throw new IllegalArgumentException("Expected a tensor name. Received: " + METADATA
                    + ", which safetensors reserves. Rename the tensor");
        }
        if (shape.length > MAXIMUM_RANK) {
            throw new IllegalArgumentException("Expected at most " + MAXIMUM_RANK + " dimensions of tensor " + name
                    + ". Received: " + shape.length + ". Reshape it");
        }
        shape = shape.clone();
        // duplicate() and slice() forget the byte order, so it is set here and again in data().
        data = data.slice().order(ByteOrder.LITTLE_ENDIAN);
        long expected = byteLength(name, type, shape);
        if (data.remaining() != expected) {
            throw new IllegalArgumentException("Expected " + expected + " bytes of tensor " + name + " of type " + type
                    + " and shape " + Arrays.toString(shape) + ". Received: " + data.remaining()
                    + ". Pass a buffer whose position and limit enclose exactly the elements");
        }
    }

    private static long byteLength(String name, TensorType type, long[] shape) {
        try {
            return byteLength(type, shape);
        } catch (ArithmeticException e) {
            throw new IllegalArgumentException(
                    "Expected lengths of tensor " + name + " from 0 whose product is below 2^63 bytes. Received: "
                            + Arrays.toString(shape) + ". Correct the shape",
                    e);
        }
    }

    /** The bytes of a tensor; {@link ArithmeticException} where a length is negative or the product too large. */
    static long byteLength(TensorType type, long[] shape) {
        long elements = 1;
        for (long length : shape) {
            if (length < 0) {
                throw new ArithmeticException("negative length " + length);
            }
            elements = Math.multiplyExact(elements, length);
        }
        return Math.multiplyExact(elements, type.width());
    }

    @Override
    public long[] shape() {
        return shape.clone();
    }

    /** A view of the elements with its own position, little endian. */
    @Override
    public ByteBuffer data() {
        return data.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    }

    @Override
    public void read(long position, ByteBuffer into) {
        into.put(into.position(), data, Math.toIntExact(position), into.remaining());
    }

    /** Equal name, type, shape and bytes. */
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof NamedTensor that
                && name.equals(that.name)
                && type == that.type
                && Arrays.equals(shape, that.shape)
                && data.equals(that.data);
    }

    @Override
    public int hashCode() {
        // Without the data: hashing gigabytes would surprise whoever puts tensors into a set.
        return Objects.hash(name, type, Arrays.hashCode(shape));
    }

    @Override
    public String toString() {
        return "NamedTensor[" + name + ", " + type + ", " + Arrays.toString(shape) + "]";
    }
}
