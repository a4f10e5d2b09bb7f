package io.github.cloze4j.kernel.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.cloze4j.random.RandomStream;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.openblas.global.openblas_nolapack;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What stands in for oneDNN where there is none, against oneDNN. */
class FallbackTest {
    private final long seed = System.nanoTime();
    private final RandomStream random = new RandomStream(seed, 2, 0, 0);
    private final Worker worker = new Worker(0, new WorkerTeam(1));

    @BeforeEach
    void load() {
        System.err.println("FallbackTest seed " + seed);
        Loader.load(dnnl.class);
        Loader.load(openblas_nolapack.class);
    }

    @ParameterizedTest
    @CsvSource({
        "1, 1, 1, false, false",
        "7, 13, 5, true, false",
        "13, 207, 7, false, true",
        "64, 33, 128, true, true",
        "8, 207, 64, false, true",
        "3, 64, 65, false, false"
    })
    void openBlasMultipliesAsOneDnnDoes(int m, int n, int k, boolean transposeA, boolean transposeB) {
        float[] a = normal(m * k);
        float[] b = normal(k * n);
        float[] c = normal(m * n);
        float[] expected = product(new OneDnnGemm(), m, n, k, transposeA, transposeB, a, b, c);
        float[] received = product(new OpenBlasGemm(), m, n, k, transposeA, transposeB, a, b, c);
        for (int i = 0; i < expected.length; i++) {
            assertEquals(expected[i], received[i], 1e-5 * k);
        }
    }

    private float[] product(
            Gemm gemm, int m, int n, int k, boolean transposeA, boolean transposeB, float[] a, float[] b, float[] c) {
        Floats left = floats(a);
        Floats right = floats(b);
        Floats result = floats(c);
        gemm.multiply(
                worker,
                transposeA,
                transposeB,
                m,
                n,
                k,
                0.5f,
                left.address(0),
                transposeA ? m : k,
                right.address(0),
                transposeB ? k : n,
                1,
                result.address(0),
                n);
        float[] values = new float[c.length];
        result.read(0, values, values.length);
        left.free();
        right.free();
        result.free();
        return values;
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "7, 13", "3, 30522"})
    void javaSoftmaxIsOneDnns(int rows, int columns) {
        float[] logits = normal(rows * columns + 1);
        Floats expected = floats(logits);
        Floats received = floats(logits);
        new OneDnnSoftmax().apply(worker, expected, 1, rows, columns);
        new JavaSoftmax().apply(worker, received, 1, rows, columns);
        for (int i = 0; i < logits.length; i++) {
            assertEquals(expected.get(i), received.get(i), 1e-6 * Math.max(1e-3, Math.abs(expected.get(i))));
        }
        expected.free();
        received.free();
    }

    private Floats floats(float[] values) {
        Floats floats = Floats.allocate(values.length);
        floats.write(0, values, values.length);
        return floats;
    }

    private float[] normal(int length) {
        float[] values = new float[length];
        for (int i = 0; i < length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }
}
