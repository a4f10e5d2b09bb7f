package io.github.cloze4j.cli;

import io.github.cloze4j.kernel.Arena;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.random.RandomStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The fastest matrix product that the kernels reach, on a shape of BERT-base's feed-forward layer. */
final class GemmPeak {
    private static final int ROWS = 2048;
    private static final int INNER = 768;
    private static final int COLUMNS = 3072;
    private static final double GIGA = 1e9;
    private static final int LEAST_PRODUCTS = 5;
    private static final double LEAST_SECONDS = 1.0;

    private GemmPeak() {}

    /** GFLOP/s of the best of several products {@code [2048, 768] · [768, 3072]}; takes about a second. */
    static double measure(Kernels kernels, DataType type) {
        long elements = Arena.aligned((long) ROWS * INNER, type)
                + Arena.aligned((long) INNER * COLUMNS, type)
                + Arena.aligned((long) ROWS * COLUMNS, type);
        try (Arena arena = Arena.allocate(type, elements)) {
            INDArray a = arena.take(ROWS, INNER);
            INDArray b = arena.take(INNER, COLUMNS);
            INDArray c = arena.take(ROWS, COLUMNS);
            fill(kernels, a, 0);
            fill(kernels, b, 1);
            double best = Double.MAX_VALUE;
            Stopwatch all = new Stopwatch();
            for (int product = 0; product < LEAST_PRODUCTS || all.seconds() < LEAST_SECONDS; product++) {
                Stopwatch one = new Stopwatch();
                kernels.gemm(false, false, 1, a, b, 0, c);
                best = Math.min(best, one.seconds());
            }
            return 2.0 * ROWS * INNER * COLUMNS / best / GIGA;
        }
    }

    /** Zeros would be an easier product on some hardware. */
    private static void fill(Kernels kernels, INDArray x, long stream) {
        int length = Math.toIntExact(x.length());
        ByteBuffer bytes = ByteBuffer.allocate(length * Float.BYTES).order(ByteOrder.nativeOrder());
        RandomStream random = new RandomStream(0, 0, stream, 0);
        for (int i = 0; i < length; i++) {
            bytes.putFloat(random.nextFloat() - 0.5f);
        }
        kernels.upload(bytes.flip(), x);
    }
}
