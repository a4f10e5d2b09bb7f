package io.github.cloze4j.pretrained;

import io.github.cloze4j.CheckpointFormatException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * Refuses parameters that are not finite when they are read. A row with NaN that training rarely reads would otherwise be
 * noticed at the first save, after all of the work.
 */
public final class FiniteNumbers {
    /** Small enough for the processor's cache; the loop over a block is one that Java vectorizes. */
    private static final int BLOCK = 4096;

    private FiniteNumbers() {}

    /**
     * Checks the numbers of a tensor in one pass.
     *
     * @param tensor for the message, with {@code shape}
     * @param values floats or doubles, in native byte order; the position stays
     * @throws CheckpointFormatException with the first index, if a number is NaN or infinite
     */
    public static void require(Path file, String tensor, long[] shape, ByteBuffer values, DataType type) {
        ByteBuffer numbers = values.duplicate().order(ByteOrder.nativeOrder());
        int at = type == DataType.FLOAT ? firstOfFloats(numbers.asIntBuffer()) : firstOfDoubles(numbers.asLongBuffer());
        if (at >= 0) {
            double received = type == DataType.FLOAT
                    ? numbers.getFloat(numbers.position() + at * Float.BYTES)
                    : numbers.getDouble(numbers.position() + at * Double.BYTES);
            throw new CheckpointFormatException(file + ": Expected finite numbers in tensor "
                    + tensor.replaceAll("\\s+", " ") + ". Received: " + received + " at "
                    + Arrays.toString(indices(at, shape)) + " of " + Arrays.toString(shape)
                    + ". Use weights of a training that did not diverge");
        }
    }

    private static int firstOfFloats(IntBuffer bits) {
        int[] block = new int[BLOCK];
        for (int done = 0; bits.hasRemaining(); done += BLOCK) {
            int count = Math.min(BLOCK, bits.remaining());
            bits.get(block, 0, count);
            int largest = 0;
            for (int i = 0; i < count; i++) {
                largest = Math.max(largest, block[i] & Integer.MAX_VALUE);
            }
            if (largest >= Float.floatToRawIntBits(Float.POSITIVE_INFINITY)) {
                int at = 0;
                while (Float.isFinite(Float.intBitsToFloat(block[at]))) {
                    at++;
                }
                return done + at;
            }
        }
        return -1;
    }

    private static int firstOfDoubles(LongBuffer bits) {
        for (int at = 0; bits.hasRemaining(); at++) {
            if (!Double.isFinite(Double.longBitsToDouble(bits.get()))) {
                return at;
            }
        }
        return -1;
    }

    private static long[] indices(long at, long[] shape) {
        long[] indices = new long[shape.length];
        long rest = at;
        for (int i = shape.length - 1; i >= 0; i--) {
            indices[i] = rest % shape[i];
            rest /= shape[i];
        }
        return indices;
    }
}
