package io.github.cloze4j.kernel.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.kernel.Arena;
import io.github.cloze4j.kernel.Dropout;
import io.github.cloze4j.kernel.DropoutMask;
import io.github.cloze4j.kernel.KernelProviders;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.random.Philox4x32;
import io.github.cloze4j.random.RandomStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * What tests of emulated kernels share: random operands, the {@code nd4j} kernels in double precision as the oracle, and
 * the comparison of both.
 */
final class KernelFixture implements AutoCloseable {
    /**
     * Of the norm of the difference to that of the expected array: a hundred units in the last place of a float, and a
     * hundredth of what one wrong element among ten thousand makes.
     */
    private static final double TOLERANCE = 1e-5;

    /**
     * A few numbers may all fall near a zero of the function, and then their error, which is of the scale of the operands, is
     * large beside their own norm: it is compared with what their norm is at the operands' scale of 1.
     */
    private static final int ENOUGH_FOR_A_NORM = 32;

    private static final long DROPOUT_PURPOSE = 0x44524f50_4f555400L;

    final long seed = System.nanoTime();
    final RandomStream random = new RandomStream(seed, 6, 0, 0);
    final EmulatedDevice device;
    final Kernels oracle;
    private final Arena arena;

    KernelFixture(Class<?> test) {
        System.err.println(test.getSimpleName() + " seed " + seed);
        device = EmulatedDevice.open(seed);
        oracle = KernelProviders.create("nd4j", DataType.DOUBLE);
        arena = Arena.allocate(DataType.DOUBLE, 1 << 21);
    }

    @Override
    public void close() {
        arena.close();
    }

    float[] normal(int length) {
        float[] values = new float[length];
        for (int i = 0; i < length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    int[] indices(int count, int bound) {
        int[] indices = new int[count];
        for (int i = 0; i < count; i++) {
            indices[i] = random.nextInt(bound);
        }
        return indices;
    }

    /** The oracle's copy of an operand. */
    INDArray array(float[] values, long... shape) {
        INDArray array = arena.take(shape);
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Double.BYTES).order(ByteOrder.nativeOrder());
        for (float value : values) {
            bytes.putDouble(value);
        }
        oracle.upload(bytes.flip(), array);
        return array;
    }

    /** An array that the oracle writes. */
    INDArray empty(long... shape) {
        return arena.take(shape);
    }

    double[] values(INDArray array) {
        ByteBuffer bytes =
                ByteBuffer.allocate((int) array.length() * Double.BYTES).order(ByteOrder.nativeOrder());
        oracle.download(array, bytes);
        double[] values = new double[(int) array.length()];
        bytes.asDoubleBuffer().get(values);
        return values;
    }

    /** A mask as kernels take it: its keys, threshold and scale. */
    static DeviceArray mask(Dropout dropout) {
        int[] keys = new int[4];
        Philox4x32.block(dropout.seed() ^ DROPOUT_PURPOSE, (dropout.step() << 16) | dropout.site(), 0, keys);
        int threshold = (int) Math.rint(dropout.probability() * 0x1p31);
        float scale = (float) (1 / (1 - dropout.probability()));
        return DeviceArray.of(keys[0], keys[1], keys[2], threshold, Float.floatToIntBits(scale));
    }

    /** What {@link DropoutMask} keeps: −1 or 0. */
    static int[] kept(Dropout dropout, long firstIndex, int count) {
        int[] kept = new int[count];
        DropoutMask.of(dropout).keep(firstIndex, kept, count);
        return kept;
    }

    static void assertClose(String what, double[] expected, float[] received) {
        assertEquals(expected.length, received.length, what);
        double difference = 0;
        double norm = 0;
        for (int i = 0; i < expected.length; i++) {
            difference += (expected[i] - received[i]) * (expected[i] - received[i]);
            norm += expected[i] * expected[i];
        }
        double relative =
                Math.sqrt(difference / (expected.length < ENOUGH_FOR_A_NORM ? Math.max(norm, expected.length) : norm));
        // Written so that NaN is wrong; where all is 0, nothing may differ.
        assertTrue(
                norm == 0 ? difference == 0 : relative <= TOLERANCE,
                what + ": relative difference " + relative + " of " + expected.length + " elements");
    }

    void assertClose(String what, INDArray expected, DeviceArray received) {
        assertClose(what, values(expected), received.floats());
    }

    /** A bf16 copy is the float array, rounded to nearest, ties to even. */
    static void assertCopied(DeviceArray floats, DeviceArray bf16) {
        float[] of = floats.floats();
        short[] rounded = bf16.bf16();
        assertEquals(of.length, rounded.length);
        for (int i = 0; i < of.length; i++) {
            assertEquals(expectedBf16(of[i]), rounded[i], "bf16 of " + of[i]);
        }
    }

    private static short expectedBf16(float x) {
        float down = Float.intBitsToFloat(Float.floatToRawIntBits(x) & 0xFFFF0000);
        float up = Float.intBitsToFloat((Float.floatToRawIntBits(x) & 0xFFFF0000) + 0x10000);
        double toDown = Math.abs((double) x - down);
        double toUp = Math.abs((double) up - x);
        boolean downIsEven = (Float.floatToRawIntBits(down) & 0x10000) == 0;
        float nearest = toDown < toUp || (toDown == toUp && downIsEven) ? down : up;
        return (short) (Float.floatToRawIntBits(nearest) >>> 16);
    }
}
