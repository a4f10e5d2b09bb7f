package io.github.cloze4j.kernel.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.cloze4j.kernel.cpu.LinearKernels.Backward;
import io.github.cloze4j.random.RandomStream;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.javacpp.Loader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Layers cut into strips against sums in double. Operands are small whole numbers, which bf16 holds and float adds exactly. */
class WideLinearTest {
    private final long seed = System.nanoTime();
    private final RandomStream random = new RandomStream(seed, 5, 0, 0);

    WideLinearTest() {
        Loader.load(dnnl.class);
        System.err.println("WideLinearTest seed " + seed);
    }

    @ParameterizedTest
    @CsvSource({"1, 1, 1, 1", "1, 7, 13, 5", "2, 300, 3, 4567", "2, 70, 5, 30522", "3, 2048, 1, 900", "2, 140000, 1, 17"
    })
    void floatProducts(int threads, int tokens, int in, int out) {
        WorkerPool pool = WorkerPool.acquire(threads);
        check(new WideLinearKernels(pool, new OneDnnGemm(), Operands.FLOAT), tokens, in, out);
        pool.release();
    }

    @ParameterizedTest
    @CsvSource({"1, 1, 1, 1", "1, 7, 13, 5", "2, 300, 3, 4567", "2, 70, 5, 30522"})
    void bf16Products(int threads, int tokens, int in, int out) {
        assumeTrue(OneDnn.multipliesBf16(), "this processor does not multiply bf16");
        WorkerPool pool = WorkerPool.acquire(threads);
        check(new WideLinearKernels(pool, new OneDnnBf16Gemm(), new Bf16Operands(pool)), tokens, in, out);
        pool.release();
    }

    @Test
    void theDecoderOfAVocabularyIsWideAndAnEncoderLayerIsNot() {
        assertEquals(true, WideLinearKernels.suit(304, 128, 30_522));
        assertEquals(false, WideLinearKernels.suit(2048, 768, 3072));
        assertEquals(false, WideLinearKernels.suit(1, 128, 30_522));
    }

    private void check(WideLinearKernels kernels, int tokens, int in, int out) {
        float[] x = whole(tokens * in);
        float[] weight = whole(out * in);
        float[] bias = whole(out);
        float[] dy = whole(tokens * out);
        float[] y = new float[tokens * out];
        float[] dx = new float[tokens * in];
        float[] dWeight = whole(out * in);
        float[] dBias = whole(out);
        float[] added = whole(tokens * in);
        Floats weightGradient = memory(dWeight);
        Floats biasGradient = memory(dBias);
        Floats written = poisoned(tokens * in);
        Floats sum = memory(added);
        Floats result = poisoned(tokens * out);

        kernels.forward(memory(x), memory(weight), memory(bias), tokens, in, out, result);
        Backward of = new Backward(memory(x), memory(dy), memory(weight), tokens, in, out);
        kernels.backward(of, 0, new LinearKernels.Gradients(written, weightGradient, biasGradient));
        kernels.backward(of, 1, new LinearKernels.Gradients(sum, weightGradient, biasGradient));

        for (int t = 0; t < tokens; t++) {
            for (int o = 0; o < out; o++) {
                float product = 0;
                for (int i = 0; i < in; i++) {
                    product += x[t * in + i] * weight[o * in + i];
                    dx[t * in + i] += dy[t * out + o] * weight[o * in + i];
                    dWeight[o * in + i] += 2 * dy[t * out + o] * x[t * in + i];
                }
                y[t * out + o] = product + bias[o];
                dBias[o] += 2 * dy[t * out + o];
            }
        }
        assertArrayEquals(y, content(result, y.length), "y");
        assertArrayEquals(dx, content(written, dx.length), "dx");
        for (int i = 0; i < added.length; i++) {
            added[i] += dx[i];
        }
        assertArrayEquals(added, content(sum, added.length), "dx added to");
        assertArrayEquals(dWeight, content(weightGradient, dWeight.length), "dWeight");
        assertArrayEquals(dBias, content(biasGradient, dBias.length), "dBias");
    }

    private float[] whole(int length) {
        float[] values = new float[length];
        for (int i = 0; i < length; i++) {
            values[i] = random.nextInt(7) - 3;
        }
        return values;
    }

    private static Floats memory(float[] values) {
        Floats memory = Floats.allocate(values.length);
        memory.write(0, values, values.length);
        return memory;
    }

    private static Floats poisoned(int length) {
        float[] values = new float[length];
        java.util.Arrays.fill(values, Float.NaN);
        return memory(values);
    }

    private static float[] content(Floats memory, int length) {
        float[] values = new float[length];
        memory.read(0, values, length);
        return values;
    }
}
