package io.github.cloze4j.pretrained;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.tensors.NamedTensor;
import io.github.cloze4j.tensors.TensorType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;

class ParameterBytesTest {
    private static final double[] NUMBERS = {1.5, -2, 0, 0x1p-10, 96, Double.POSITIVE_INFINITY};

    private static NamedTensor tensor(TensorType type, double... numbers) {
        ByteBuffer data = ByteBuffer.allocate(numbers.length * type.width()).order(ByteOrder.LITTLE_ENDIAN);
        for (double number : numbers) {
            switch (type) {
                case F64 -> data.putDouble(number);
                case F32 -> data.putFloat((float) number);
                case BF16 -> data.putShort((short) (Float.floatToRawIntBits((float) number) >>> 16));
                default -> data.put(new byte[type.width()]);
            }
        }
        return new NamedTensor("x", type, new long[] {numbers.length}, data.flip());
    }

    private static double[] read(NamedTensor tensor, DataType type) {
        ByteBuffer bytes = ParameterBytes.of(tensor, type).duplicate().order(ByteOrder.nativeOrder());
        double[] numbers = new double[bytes.remaining() / type.width()];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = type == DataType.FLOAT ? bytes.getFloat() : bytes.getDouble();
        }
        return numbers;
    }

    /** The definition of IEEE 754: sign, five bits of exponent, ten of fraction. */
    private static double half(int bits) {
        int exponent = bits >> 10 & 0x1f;
        double fraction = (bits & 0x3ff) / 1024.0;
        double magnitude;
        if (exponent == 0x1f) {
            magnitude = fraction == 0 ? Double.POSITIVE_INFINITY : Double.NaN;
        } else {
            magnitude = exponent == 0 ? fraction * Math.pow(2, -14) : (1 + fraction) * Math.pow(2, exponent - 15);
        }
        return bits >= 0x8000 ? -magnitude : magnitude;
    }

    @Test
    void everyHalfIsTheNumberThatItsBitsDefine() {
        for (int bits = 0; bits < 1 << 16; bits++) {
            assertEquals(half(bits), ParameterBytes.halfToFloat((short) bits), Integer.toHexString(bits));
        }
    }

    @Test
    void numbersOfEveryReadableTypeArriveInBothTypes() {
        for (TensorType type : new TensorType[] {TensorType.F64, TensorType.F32, TensorType.BF16}) {
            assertArrayEquals(NUMBERS, read(tensor(type, NUMBERS), DataType.FLOAT), type + " as FLOAT");
            assertArrayEquals(NUMBERS, read(tensor(type, NUMBERS), DataType.DOUBLE), type + " as DOUBLE");
        }
        ByteBuffer halves = ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN);
        halves.putShort((short) 0x3e00).putShort((short) 0xc000).flip();
        NamedTensor tensor = new NamedTensor("x", TensorType.F16, new long[] {2}, halves);
        assertArrayEquals(new double[] {1.5, -2}, read(tensor, DataType.FLOAT));
        assertArrayEquals(new double[] {1.5, -2}, read(tensor, DataType.DOUBLE));
    }

    @Test
    void integersAreNoParameters() {
        assertThrows(
                IllegalArgumentException.class, () -> ParameterBytes.of(tensor(TensorType.I64, 1), DataType.FLOAT));
    }

    @Test
    void equalityIsOfNumbersNotOfTypes() {
        assertTrue(ParameterBytes.equal(tensor(TensorType.F32, NUMBERS), tensor(TensorType.F64, NUMBERS)));
        assertFalse(ParameterBytes.equal(tensor(TensorType.F32, 1, 2), tensor(TensorType.F32, 1, 3)));
        assertFalse(ParameterBytes.equal(tensor(TensorType.F32, 1, 2), tensor(TensorType.F32, 1)));
    }
}
