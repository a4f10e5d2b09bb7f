package io.github.cloze4j.pretrained;

import io.github.cloze4j.tensors.NamedTensor;
import io.github.cloze4j.tensors.TensorType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;
import org.nd4j.linalg.api.buffer.DataType;

/** A parameter's numbers between the model's type and the types of files. */
public final class ParameterBytes {
    /** What a file may hold parameters as. */
    public static final Set<TensorType> READABLE =
            Collections.unmodifiableSet(EnumSet.of(TensorType.F64, TensorType.F32, TensorType.F16, TensorType.BF16));

    private static final int HALF_SIGN = 0x8000;
    private static final int HALF_MAGNITUDE = 0x7fff;
    private static final int HALF_INFINITY = 0x7c00;
    private static final int HALF_FRACTION_BITS = 10;
    private static final int HALF_SMALLEST_NORMAL = 1 << HALF_FRACTION_BITS;
    /** The value of a half's last fraction bit below the smallest normal number. */
    private static final float HALF_SUBNORMAL_UNIT = 0x1p-24f;

    private static final int FLOAT_FRACTION_BITS = 23;
    /** Difference of the exponents' biases, 127 - 15, in place. */
    private static final int FLOAT_FROM_HALF_BIAS = 112 << FLOAT_FRACTION_BITS;

    private ParameterBytes() {}

    /** An element of a tensor's data as a number. */
    @FunctionalInterface
    private interface Element {
        double at(ByteBuffer data, int index);
    }

    /** A tensor's numbers in the model's type, in native byte order; mapped memory is passed on where it already is so. */
    public static ByteBuffer of(NamedTensor tensor, DataType type) {
        ByteBuffer data = tensor.data();
        boolean same = type == DataType.FLOAT ? tensor.type() == TensorType.F32 : tensor.type() == TensorType.F64;
        if (same && ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN) {
            return data;
        }
        Element element = element(tensor);
        int length = data.remaining() / tensor.type().width();
        ByteBuffer values = allocate(length, type.width());
        for (int i = 0; i < length; i++) {
            if (type == DataType.FLOAT) {
                values.putFloat((float) element.at(data, i));
            } else {
                values.putDouble(element.at(data, i));
            }
        }
        return values.flip();
    }

    /** Whether two tensors hold the same numbers, 0 and -0 being the same and NaN equal to nothing. */
    public static boolean equal(NamedTensor a, NamedTensor b) {
        int length = a.data().remaining() / a.type().width();
        if (length != b.data().remaining() / b.type().width()) {
            return false;
        }
        Element elementOfA = element(a);
        Element elementOfB = element(b);
        ByteBuffer dataOfA = a.data();
        ByteBuffer dataOfB = b.data();
        for (int i = 0; i < length; i++) {
            if (elementOfA.at(dataOfA, i) != elementOfB.at(dataOfB, i)) {
                return false;
            }
        }
        return true;
    }

    /** Zeros in native byte order. */
    public static ByteBuffer allocate(int length, int width) {
        return ByteBuffer.allocate(Math.multiplyExact(length, width)).order(ByteOrder.nativeOrder());
    }

    private static Element element(NamedTensor tensor) {
        return switch (tensor.type()) {
            case F64 -> (data, i) -> data.getDouble(i * Double.BYTES);
            case F32 -> (data, i) -> data.getFloat(i * Float.BYTES);
            case F16 -> (data, i) -> halfToFloat(data.getShort(i * Short.BYTES));
            case BF16 -> (data, i) -> Float.intBitsToFloat(data.getShort(i * Short.BYTES) << Short.SIZE);
            default ->
                throw new IllegalArgumentException(
                        "Expected a tensor of a type of " + READABLE + ". Received: " + tensor);
        };
    }

    /** IEEE 754 binary16; Java has a method for it from version 20 on. */
    static float halfToFloat(short half) {
        int magnitude = half & HALF_MAGNITUDE;
        float value;
        if (magnitude < HALF_SMALLEST_NORMAL) {
            value = magnitude * HALF_SUBNORMAL_UNIT;
        } else {
            int bits = magnitude << (FLOAT_FRACTION_BITS - HALF_FRACTION_BITS);
            int bias = magnitude < HALF_INFINITY ? FLOAT_FROM_HALF_BIAS : 2 * FLOAT_FROM_HALF_BIAS;
            value = Float.intBitsToFloat(bits + bias);
        }
        return (half & HALF_SIGN) == 0 ? value : -value;
    }
}
