package io.github.cloze4j.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.BackendException;
import io.github.cloze4j.random.RandomStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Every operation against its definition, written down plainly on {@code double[]}, at awkward sizes. */
class KernelsTest {
    private final long seed = System.nanoTime();
    private final RandomStream random = new RandomStream(seed, 0, 0, 0);
    private final Kernels kernels = KernelProviders.create("nd4j", DataType.DOUBLE);
    private Arena arena;

    @BeforeEach
    void allocate() {
        System.err.println("KernelsTest seed " + seed);
        arena = Arena.allocate(DataType.DOUBLE, 1 << 20);
    }

    @AfterEach
    void free() {
        arena.close();
    }

    @ParameterizedTest
    @CsvSource({"1,1,1", "7,13,1", "1,5,207", "13,207,7"})
    void gemmIsAProduct(int m, int k, int n) {
        INDArray a = normal(m, k);
        INDArray b = normal(n, k);
        INDArray c = normal(m, n);
        double[] before = values(c);
        kernels.gemm(false, true, 0.5, a, b, 2, c);
        for (int i = 0; i < m; i++) {
            for (int j = 0; j < n; j++) {
                double sum = 0;
                for (int l = 0; l < k; l++) {
                    sum += a.getDouble(i, l) * b.getDouble(j, l);
                }
                assertEquals(0.5 * sum + 2 * before[i * n + j], c.getDouble(i, j), 1e-10);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"1,1,1", "7,13,5", "13,7,207"})
    void linearAndItsBackward(int tokens, int in, int out) {
        INDArray x = normal(tokens, in);
        INDArray weight = normal(out, in);
        INDArray bias = normal(out);
        INDArray y = normal(tokens, out);
        INDArray dy = normal(tokens, out);
        INDArray dx = normal(tokens, in);
        INDArray dWeight = normal(out, in);
        INDArray dBias = normal(out);
        double[] dWeightBefore = values(dWeight);
        double[] dBiasBefore = values(dBias);
        kernels.linear(x, weight, bias, y);
        kernels.linearBackward(x, dy, weight, 0, dx, dWeight, dBias);
        for (int t = 0; t < tokens; t++) {
            for (int o = 0; o < out; o++) {
                double sum = bias.getDouble(o);
                for (int i = 0; i < in; i++) {
                    sum += x.getDouble(t, i) * weight.getDouble(o, i);
                }
                assertEquals(sum, y.getDouble(t, o), 1e-10);
            }
            for (int i = 0; i < in; i++) {
                double sum = 0;
                for (int o = 0; o < out; o++) {
                    sum += dy.getDouble(t, o) * weight.getDouble(o, i);
                }
                assertEquals(sum, dx.getDouble(t, i), 1e-10);
            }
        }
        for (int o = 0; o < out; o++) {
            double biasSum = dBiasBefore[o];
            for (int t = 0; t < tokens; t++) {
                biasSum += dy.getDouble(t, o);
            }
            assertEquals(biasSum, dBias.getDouble(o), 1e-10);
            for (int i = 0; i < in; i++) {
                double sum = dWeightBefore[o * in + i];
                for (int t = 0; t < tokens; t++) {
                    sum += dy.getDouble(t, o) * x.getDouble(t, i);
                }
                assertEquals(sum, dWeight.getDouble(o, i), 1e-10);
            }
        }
    }

    @Test
    void activationsOfOneAndTheirDerivatives() {
        INDArray one = arena.take(1, 1);
        one.assign(1);
        INDArray derivative = arena.take(1, 1);
        INDArray y = arena.take(1, 1);
        kernels.linearActivation(one, one, arena.take(1), Activation.GELU, derivative, y);
        assertEquals(0.8413447460685429, y.getDouble(0), 1e-12);
        assertEquals(0.8413447460685429 + 0.24197072451914337, derivative.getDouble(0), 1e-12);
        kernels.linearActivation(one, one, arena.take(1), Activation.GELU_TANH, derivative, y);
        assertEquals(0.8411919906082768, y.getDouble(0), 1e-12);
        kernels.linearActivation(one, one, arena.take(1), Activation.TANH, derivative, y);
        assertEquals(Math.tanh(1), y.getDouble(0), 1e-12);
        assertEquals(1 - Math.tanh(1) * Math.tanh(1), derivative.getDouble(0), 1e-12);
    }

    @Test
    void backwardThroughAnActivationMultipliesByItsDerivative() {
        INDArray weight = normal(5, 3);
        INDArray dy = normal(7, 5);
        INDArray derivative = normal(7, 3);
        INDArray plain = arena.take(7, 3);
        INDArray dx = arena.take(7, 3);
        INDArray x = normal(7, 3);
        INDArray dBias = arena.take(5);
        INDArray dWeight = arena.take(5, 3);
        kernels.linearBackward(x, dy, weight, 0, plain, dWeight, dBias);
        double[] once = values(dWeight);
        kernels.linearBackward(x, dy, weight, derivative, dx, dWeight, dBias);
        assertEquals(2 * once[0], dWeight.getDouble(0), 1e-12);
        for (int t = 0; t < 7; t++) {
            for (int i = 0; i < 3; i++) {
                assertEquals(plain.getDouble(t, i) * derivative.getDouble(t, i), dx.getDouble(t, i), 1e-12);
            }
        }
    }

    @Test
    void embeddingGradientsOfEqualIdsAddUp() {
        INDArray dy = normal(3, 5);
        INDArray words = arena.take(4, 5);
        INDArray positions = arena.take(3, 5);
        INDArray types = arena.take(2, 5);
        kernels.embeddingSumBackward(
                new int[] {2, 2, 0}, new int[] {0, 1, 2}, new int[] {1, 1, 1}, dy, words, positions, types);
        for (int i = 0; i < 5; i++) {
            assertEquals(dy.getDouble(0, i) + dy.getDouble(1, i), words.getDouble(2, i), 1e-12);
            assertEquals(dy.getDouble(2, i), words.getDouble(0, i), 1e-12);
            assertEquals(0, words.getDouble(1, i), 0);
            assertEquals(dy.getDouble(1, i), positions.getDouble(1, i), 1e-12);
            assertEquals(dy.getDouble(0, i) + dy.getDouble(1, i) + dy.getDouble(2, i), types.getDouble(1, i), 1e-12);
        }
    }

    @ParameterizedTest
    @CsvSource({"0.1", "0.5", "0.9"})
    void dropoutKeepsItsShareAndScales(double probability) {
        int length = 100_003;
        INDArray x = arena.take(length);
        x.assign(1);
        Dropout dropout = new Dropout(probability, seed, 5, 2);
        kernels.dropout(dropout, x);
        int dropped = 0;
        for (double value : values(x)) {
            if (value == 0) {
                dropped++;
            } else {
                assertEquals(1 / (1 - probability), value, 1e-12);
            }
        }
        double deviation = Math.sqrt(probability * (1 - probability) / length);
        assertEquals(probability, dropped / (double) length, 5 * deviation);
    }

    @Test
    void dropoutMasksDifferBySeedStepAndSite() {
        double[] base = mask(new Dropout(0.5, seed, 1, 1));
        assertEquals(0, differences(base, mask(new Dropout(0.5, seed, 1, 1))));
        assertTrue(differences(base, mask(new Dropout(0.5, seed + 1, 1, 1))) > 300);
        assertTrue(differences(base, mask(new Dropout(0.5, seed, 2, 1))) > 300);
        assertTrue(differences(base, mask(new Dropout(0.5, seed, 1, 2))) > 300);
    }

    @Test
    void aMaskTakenInPiecesIsTheSame() {
        Dropout dropout = new Dropout(0.5, seed, 1, 1);
        double[] whole = mask(dropout);
        for (int start = 0; start < 20; start++) {
            double[] piece = new double[7];
            java.util.Arrays.fill(piece, 1);
            DropoutMask.of(dropout).apply(start, piece, piece.length);
            for (int i = 0; i < piece.length; i++) {
                assertEquals(whole[start + i], piece[i], 0);
            }
        }
    }

    private static double[] mask(Dropout dropout) {
        double[] ones = new double[1000];
        java.util.Arrays.fill(ones, 1);
        DropoutMask.of(dropout).apply(0, ones, ones.length);
        return ones;
    }

    private static int differences(double[] a, double[] b) {
        int count = 0;
        for (int i = 0; i < a.length; i++) {
            count += a[i] == b[i] ? 0 : 1;
        }
        return count;
    }

    @Test
    void layerNormOfResidualIsNormalised() {
        INDArray x = normal(7, 13);
        INDArray residual = normal(7, 13);
        INDArray gamma = normal(13);
        INDArray beta = normal(13);
        INDArray normalized = arena.take(7, 13);
        INDArray inverse = arena.take(7);
        INDArray y = arena.take(7, 13);
        kernels.residualLayerNorm(x, residual, Dropout.NONE, gamma, beta, 1e-12, normalized, inverse, y);
        for (int t = 0; t < 7; t++) {
            double mean = 0;
            double variance = 0;
            for (int i = 0; i < 13; i++) {
                mean += (x.getDouble(t, i) + residual.getDouble(t, i)) / 13;
            }
            for (int i = 0; i < 13; i++) {
                variance += Math.pow(x.getDouble(t, i) + residual.getDouble(t, i) - mean, 2) / 13;
            }
            for (int i = 0; i < 13; i++) {
                double expected = (x.getDouble(t, i) + residual.getDouble(t, i) - mean) / Math.sqrt(variance);
                assertEquals(expected * gamma.getDouble(i) + beta.getDouble(i), y.getDouble(t, i), 1e-9);
            }
        }
    }

    @Test
    void attentionIsTheSameHoweverDocumentsArePacked() {
        int hidden = 6;
        INDArray qkv = normal(9, 3 * hidden);
        INDArray together = arena.take(9, hidden);
        kernels.attention(qkv, Documents.bidirectional(0, 4, 9), 2, Dropout.NONE, arena.take(2 * 9 * 9), together);
        INDArray aloneQkv = arena.take(5, 3 * hidden);
        kernels.gatherRows(qkv, new int[] {4, 5, 6, 7, 8}, aloneQkv);
        INDArray alone = arena.take(5, hidden);
        kernels.attention(aloneQkv, Documents.bidirectional(0, 5), 2, Dropout.NONE, arena.take(2 * 5 * 5), alone);
        for (int t = 0; t < 5; t++) {
            for (int i = 0; i < hidden; i++) {
                assertEquals(alone.getDouble(t, i), together.getDouble(t + 4, i), 0);
            }
        }
    }

    @Test
    void crossEntropyOfHugeLogitsIsFinite() {
        INDArray logits = arena.take(2, 3);
        logits.putScalar(new long[] {0, 0}, 2000);
        logits.putScalar(new long[] {1, 2}, 5);
        LossSum loss = kernels.crossEntropy(logits, new int[] {1, 2}, 0.5).read();
        assertEquals(2000 + Math.log(2 * Math.exp(-5) + 1), loss.sum(), 1e-9);
        assertEquals(1, loss.correct());
        assertEquals(0.5, logits.getDouble(0, 0), 1e-12);
        assertEquals(-0.5, logits.getDouble(0, 1), 1e-12);
    }

    @Test
    void notANumberSpreadsToTheLoss() {
        INDArray logits = normal(1, 3);
        logits.putScalar(new long[] {0, 1}, Double.NaN);
        assertTrue(Double.isNaN(
                kernels.crossEntropy(logits, new int[] {0}, 1).read().sum()));
    }

    @Test
    void uploadAndDownloadKeepEveryBit() {
        INDArray x = arena.take(5);
        ByteBuffer bytes = ByteBuffer.allocate(5 * Double.BYTES).order(ByteOrder.nativeOrder());
        for (int i = 0; i < 5; i++) {
            bytes.putDouble(random.nextGaussian());
        }
        kernels.upload(bytes.flip(), x);
        ByteBuffer back = ByteBuffer.allocate(5 * Double.BYTES);
        kernels.download(x, back);
        assertEquals(bytes, back);
        assertThrows(IllegalArgumentException.class, () -> kernels.upload(ByteBuffer.allocate(3), x));
    }

    @Test
    void anUnknownProviderIsAnErrorThatNamesTheKnownOnes() {
        BackendException error =
                assertThrows(BackendException.class, () -> KernelProviders.create("tpu", DataType.FLOAT));
        assertTrue(error.getMessage().contains("nd4j") && error.getMessage().contains("tpu"), error.getMessage());
    }

    @Test
    void viewsStartOnCacheLinesAndArenasDoNotGrow() {
        arena.take(3);
        INDArray second = arena.take(3);
        assertEquals(0, (second.data().address() + second.offset() * Double.BYTES) % 64);
        assertThrows(IllegalStateException.class, () -> arena.take(1 << 20));
    }

    private INDArray normal(long... shape) {
        INDArray array = arena.take(shape);
        for (long i = 0; i < array.length(); i++) {
            array.putScalar(i, random.nextGaussian());
        }
        return array;
    }

    private static double[] values(INDArray array) {
        return array.dup().data().asDouble();
    }
}
