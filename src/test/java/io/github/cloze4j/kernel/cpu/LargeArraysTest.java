package io.github.cloze4j.kernel.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.OperatingSystemMXBean;
import io.github.cloze4j.kernel.Activation;
import io.github.cloze4j.kernel.AdamWStep;
import io.github.cloze4j.kernel.Arena;
import io.github.cloze4j.kernel.Clipping;
import io.github.cloze4j.kernel.Documents;
import io.github.cloze4j.kernel.Dropout;
import io.github.cloze4j.kernel.KernelProviders;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.kernel.Precision;
import io.github.cloze4j.random.RandomStream;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Arrays of more than 2 GiB, which no buffer of Java holds, and of more than 2³¹ elements, which no int counts. Memory of an
 * arena that nobody touches takes nothing of the machine, so that operations on a few rows of such arrays are cheap.
 */
class LargeArraysTest {
    /** The method that says whether a test can run, for JUnit. */
    static final String MACHINE_IS_LARGE_ENOUGH = "io.github.cloze4j.kernel.cpu.LargeArraysTest#machineIsLargeEnough";

    static final String NEEDS = "Linux and 12 GB of memory, of which the system reserves addresses";

    private static final long ELEMENTS_OF_A_BUFFER = 1L << 29;
    private static final int HIDDEN = 1024;
    private static final int TABLE = (1 << 21) + 7;

    /** Rows around 2²⁹ and 2³¹ elements, and the ends. */
    private static final int[] ROWS = {
        0, 3, (1 << 19) - 1, 1 << 19, (1 << 19) + 1, 1 << 20, (1 << 21) - 1, 1 << 21, TABLE - 1
    };

    private final long seed = System.nanoTime();
    private final RandomStream random = new RandomStream(seed, 10, 0, 0);
    private final Kernels kernels = KernelProviders.create("cpu", DataType.FLOAT, Precision.FULL, 2);

    LargeArraysTest() {
        System.err.println("LargeArraysTest seed " + seed);
    }

    static boolean machineIsLargeEnough() {
        return System.getProperty("os.name").equals("Linux")
                && ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class)
                                .getTotalMemorySize()
                        > 12e9;
    }

    @AfterEach
    void close() {
        kernels.close();
    }

    private float[] normal(INDArray x) {
        float[] values = new float[(int) x.length()];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        write(x, values);
        return values;
    }

    private void write(INDArray x, float... values) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.nativeOrder());
        bytes.asFloatBuffer().put(values);
        kernels.upload(bytes, x);
    }

    private float[] read(INDArray x) {
        float[] values = new float[(int) x.length()];
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.nativeOrder());
        kernels.download(x, bytes);
        bytes.asFloatBuffer().get(values);
        return values;
    }

    @Test
    @EnabledIf(value = MACHINE_IS_LARGE_ENOUGH, disabledReason = NEEDS)
    void rowsOfAHugeTable() {
        try (Arena huge = Arena.allocate(DataType.FLOAT, (long) TABLE * HIDDEN);
                Arena small = Arena.allocate(DataType.FLOAT, 64L * HIDDEN)) {
            INDArray table = huge.take(TABLE, HIDDEN);
            float[][] content = new float[ROWS.length][];
            for (int i = 0; i < ROWS.length; i++) {
                content[i] = normal(Arena.rows(table, ROWS[i], 1));
            }
            INDArray y = small.take(ROWS.length, HIDDEN);
            kernels.gatherRows(table, ROWS, y);
            INDArray few = small.take(1, HIDDEN);
            int[] zeros = new int[ROWS.length];
            INDArray sum = small.take(ROWS.length, HIDDEN);
            kernels.embeddingSum(ROWS, zeros, zeros, table, few, few, sum);
            for (int i = 0; i < ROWS.length; i++) {
                assertArrayEquals(content[i], read(Arena.rows(y, i, 1)), "row " + ROWS[i]);
                assertArrayEquals(content[i], read(Arena.rows(sum, i, 1)), "row " + ROWS[i]);
            }
            float[] dy = normal(y);
            kernels.embeddingSumBackward(ROWS, zeros, zeros, y, table, few, few);
            for (int i = 0; i < ROWS.length; i++) {
                for (int column = 0; column < HIDDEN; column++) {
                    content[i][column] += dy[i * HIDDEN + column];
                }
                assertArrayEquals(content[i], read(Arena.rows(table, ROWS[i], 1)), "row " + ROWS[i]);
            }
        }
    }

    /** The squares of documents are as far apart as there is room. */
    @Test
    @EnabledIf(value = MACHINE_IS_LARGE_ENOUGH, disabledReason = NEEDS)
    void attentionWithHugeProbabilities() {
        int tokens = 64;
        int hidden = 8;
        Dropout dropout = new Dropout(0.3, seed, 1, 2);
        Documents documents = Documents.bidirectional(
                IntStream.rangeClosed(0, tokens / 2).map(d -> 2 * d).toArray());
        long room = (1L << 31) + (1 << 27);
        try (Arena huge = Arena.allocate(DataType.FLOAT, room);
                Arena small = Arena.allocate(DataType.FLOAT, 1 << 16)) {
            INDArray qkv = small.take(tokens, 3 * hidden);
            normal(qkv);
            INDArray dContext = small.take(tokens, hidden);
            normal(dContext);
            float[][] expected = attention(small.take(2 * tokens * 2), qkv, documents, dropout, dContext, small);
            float[][] received = attention(huge.take(room), qkv, documents, dropout, dContext, small);
            assertArrayEquals(expected, received);
        }
    }

    /** Context and gradient on two heads. */
    private float[][] attention(
            INDArray probabilities,
            INDArray qkv,
            Documents documents,
            Dropout dropout,
            INDArray dContext,
            Arena arena) {
        INDArray context = arena.take(dContext.size(0), dContext.size(1));
        INDArray dQkv = arena.take(qkv.size(0), qkv.size(1));
        kernels.attention(qkv, documents, 2, dropout, probabilities, context);
        kernels.attentionBackward(dContext, qkv, documents, 2, dropout, probabilities, dQkv);
        return new float[][] {read(context), read(dQkv)};
    }

    /** 4.3 GB. */
    @Test
    @Tag("heavy")
    void passesOverAllOfALargeArray() {
        int columns = 512;
        int rows = (1 << 20) + 3;
        long length = (long) rows * columns;
        assertTrue(length > ELEMENTS_OF_A_BUFFER);
        try (Arena large = Arena.allocate(DataType.FLOAT, 2 * length + 64);
                Arena small = Arena.allocate(DataType.FLOAT, 4L * rows + (1 << 16))) {
            INDArray y = large.take(rows, columns);
            INDArray derivative = large.take(rows, columns);
            INDArray x = small.take(rows, 1);
            INDArray weight = small.take(columns, 1);
            INDArray bias = small.take(columns);
            float[] w = normal(weight);
            float[] b = normal(bias);
            float[] inputs = normal(x);
            int[] samples = {0, 1, (1 << 20) - 1, 1 << 20, rows - 1};

            kernels.linearActivation(x, weight, bias, Activation.LINEAR, derivative, y);
            for (int row : samples) {
                float[] received = read(Arena.rows(y, row, 1));
                for (int column = 0; column < columns; column++) {
                    assertEquals(inputs[row] * w[column] + b[column], received[column], 1e-5);
                }
                assertEquals(1, read(Arena.rows(derivative, row, 1))[columns - 1]);
            }

            double norm = kernels.squaredNorm(derivative).read();
            assertEquals((double) length, norm);
            write(Arena.rows(derivative, rows - 1, 1), new float[columns]);
            kernels.multiply(derivative, y);
            assertArrayEquals(new float[columns], read(Arena.rows(y, rows - 1, 1)), 1e-30f);
            kernels.zero(y);
            assertEquals(0, kernels.squaredNorm(y).read());

            // Elements with the same numbers end with the same numbers, wherever they are.
            write(Arena.rows(derivative, rows - 1, 1), ones(columns));
            kernels.adamW(y, derivative, y, derivative, new AdamWStep(0.5, 0.9, 0.9, 1e-6, 0, 1, true, Clipping.NONE));
            float first = read(Arena.rows(y, 0, 1))[0];
            assertTrue(first != 0);
            for (int row : samples) {
                assertEquals(first, read(Arena.rows(y, row, 1))[columns - 1]);
            }
            kernels.dropout(new Dropout(0.5, seed, 3, 4), derivative);
            float[] tail = read(Arena.rows(derivative, rows - 8, 8));
            long kept =
                    IntStream.range(0, tail.length).filter(i -> tail[i] != 0).count();
            assertEquals(tail.length / 2.0, kept, 300);
        }
    }

    private static float[] ones(int count) {
        float[] ones = new float[count];
        java.util.Arrays.fill(ones, 1);
        return ones;
    }
}
