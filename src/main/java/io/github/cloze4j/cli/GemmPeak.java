package io.github.cloze4j.cli;

import io.github.cloze4j.kernel.Arena;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.random.RandomStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The fastest matrix product that the kernels reach, in the numbers that their linear layers multiply in: on the processor on
 * a shape of BERT-base's feed-forward layer; on a device on one of that form which is as large as its speed needs.
 */
final class GemmPeak {
    /** Of BERT-base: 2048 rows, 768 inner elements, 3072 columns. */
    private static final Shape PROCESSOR = new Shape(2048, 768, 3072);

    private static final Shape DEVICE_FIRST = new Shape(256, 96, 384);

    /** Of 16384 rows, 6144 inner elements and 24576 columns: 2.6 GB of float. */
    private static final int MOST_DOUBLINGS = 6;

    /** A product that takes less does not show what a device can do: its launch, and its first and last blocks, weigh. */
    private static final double SHORT_SECONDS = 5e-4;

    /** Between two looks at the clock on a device, as waiting for it takes time too. */
    private static final double ROUND_SECONDS = 1e-2;

    private static final double LEAST_SECONDS = 1.0;
    private static final int LEAST_ROUNDS = 5;
    private static final int FILLED_AT_A_TIME = 1 << 20;
    private static final double GIGA = 1e9;

    private final Kernels kernels;
    private final DataType type;
    private final QueuedWork queued;

    private GemmPeak(Kernels kernels, DataType type, QueuedWork queued) {
        this.kernels = kernels;
        this.type = type;
        this.queued = queued;
    }

    private record Shape(int rows, int inner, int columns) {
        Shape doubled() {
            return new Shape(2 * rows, 2 * inner, 2 * columns);
        }

        double flop() {
            return 2.0 * rows * inner * columns;
        }
    }

    /** GFLOP/s of the best of several products; takes about a second. */
    static double measure(Kernels kernels, DataType type) {
        try (QueuedWork queued = new QueuedWork(kernels)) {
            GemmPeak peak = new GemmPeak(kernels, type, queued);
            return queued.outlastsCalls() ? peak.ofDevice() : peak.gigaflops(PROCESSOR, 1, LEAST_SECONDS);
        }
    }

    private double ofDevice() {
        Shape shape = DEVICE_FIRST;
        double seconds = seconds(shape);
        for (int i = 0; i < MOST_DOUBLINGS && seconds < SHORT_SECONDS; i++) {
            shape = shape.doubled();
            seconds = seconds(shape);
        }
        return gigaflops(shape, 1 + (int) (ROUND_SECONDS / seconds), LEAST_SECONDS);
    }

    /** The rough time of one product. */
    private double seconds(Shape shape) {
        return shape.flop() / (GIGA * gigaflops(shape, 1, 0));
    }

    /**
     * The speed of the best of several rounds.
     *
     * @param times the products of a round; their operands are the same, so that kernels round them once if they can
     * @param leastSeconds the least time of all rounds together
     */
    private double gigaflops(Shape shape, int times, double leastSeconds) {
        long elements = Arena.aligned((long) shape.rows * shape.inner, type)
                + Arena.aligned((long) shape.inner * shape.columns, type)
                + Arena.aligned((long) shape.rows * shape.columns, type);
        try (Arena arena = Arena.allocate(type, elements)) {
            INDArray a = arena.take(shape.rows, shape.inner);
            INDArray b = arena.take(shape.inner, shape.columns);
            INDArray c = arena.take(shape.rows, shape.columns);
            fill(a, 0);
            fill(b, 1);
            double best = Double.MAX_VALUE;
            Stopwatch all = new Stopwatch();
            for (int round = 0; round < LEAST_ROUNDS || all.seconds() < leastSeconds; round++) {
                queued.finish();
                Stopwatch some = new Stopwatch();
                for (int i = 0; i < times; i++) {
                    kernels.gemm(false, false, 1, a, b, 0, c);
                }
                queued.finish();
                best = Math.min(best, some.seconds() / times);
            }
            return shape.flop() / best / GIGA;
        }
    }

    /** Zeros would be an easier product on some hardware. What is drawn comes again in a large matrix. */
    private void fill(INDArray x, long stream) {
        int columns = Math.toIntExact(x.size(1));
        int rows = Math.toIntExact(x.size(0));
        int rowsAtATime = Math.max(1, Math.min(rows, FILLED_AT_A_TIME / columns));
        ByteBuffer bytes =
                ByteBuffer.allocate(rowsAtATime * columns * Float.BYTES).order(ByteOrder.nativeOrder());
        RandomStream random = new RandomStream(0, 0, stream, 0);
        while (bytes.hasRemaining()) {
            bytes.putFloat(random.nextFloat() - 0.5f);
        }
        for (int first = 0; first < rows; first += rowsAtATime) {
            int count = Math.min(rowsAtATime, rows - first);
            kernels.upload(bytes.clear().limit(count * columns * Float.BYTES), Arena.rows(x, first, count));
        }
    }
}
