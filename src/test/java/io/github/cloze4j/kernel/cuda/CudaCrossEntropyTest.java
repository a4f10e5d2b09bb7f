package io.github.cloze4j.kernel.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.kernel.LossSum;
import io.github.cloze4j.kernel.cuda.EmulatedDevice.Launch;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.ndarray.INDArray;

/** {@code cross_entropy.cu}, emulated, against the {@code nd4j} kernels in double precision. */
@EnabledIf(value = EmulatedDevice.IS_AVAILABLE, disabledReason = EmulatedDevice.NEEDS)
class CudaCrossEntropyTest {
    private KernelFixture with;

    @BeforeEach
    void open() {
        with = new KernelFixture(getClass());
    }

    @AfterEach
    void close() {
        with.close();
    }

    /** Runs both kernels; the gradient takes the place of the logits. */
    private double[] losses(DeviceArray logits, int vocabulary, int[] labels, float scale, DeviceArray copy) {
        DeviceArray rowLosses = DeviceArray.poisonedDoubles(2 * labels.length);
        DeviceArray loss = DeviceArray.of(0.5, 2.0);
        with.device.run(
                "crossEntropy",
                new Launch(labels.length, with.device.threads()),
                logits,
                DeviceArray.of(labels),
                vocabulary,
                DeviceArray.of(scale),
                copy,
                rowLosses);
        with.device.run("addLosses", new Launch(1, with.device.threads()), rowLosses, labels.length, loss);
        double[] sums = loss.doubles();
        // Accumulated over micro-batches: added to what was there.
        return new double[] {sums[0] - 0.5, sums[1] - 2};
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "7, 13", "207, 33", "13, 2047", "3, 30522"})
    void crossEntropies(int rows, int vocabulary) {
        float[] logits = with.normal(rows * vocabulary);
        int[] labels = with.indices(rows, vocabulary);
        // Where logits are equal, the first of the highest counts: the label of the first row, not that of the second.
        for (int row = 0; row < Math.min(2, rows); row++) {
            Arrays.fill(logits, row * vocabulary, row * vocabulary + Math.min(200, vocabulary), 9f);
            labels[row] = Math.min(row, vocabulary - 1);
        }
        INDArray expected = with.array(logits, rows, vocabulary);
        LossSum sum = with.oracle.crossEntropy(expected, labels, 0.25).read();

        DeviceArray gradient = DeviceArray.of(logits);
        DeviceArray copy = DeviceArray.poisonedBf16(logits.length);
        double[] losses = losses(gradient, vocabulary, labels, 0.25f, copy);
        assertEquals(sum.sum(), losses[0], 1e-6 * Math.max(1, sum.sum()));
        assertEquals(sum.correct(), losses[1], 0);
        with.assertClose("gradient", expected, gradient);
        KernelFixture.assertCopied(gradient, copy);
    }

    @Test
    void hugeLogitsAndInfinitelyLowOnes() {
        float lowest = Float.NEGATIVE_INFINITY;
        DeviceArray logits = DeviceArray.of(2000, 0, 0, lowest, 0, 5);
        double[] losses = losses(logits, 3, new int[] {1, 2}, 1, null);
        assertEquals(2000 + Math.log(Math.exp(-5) + 1), losses[0], 1e-3);
        assertEquals(1, losses[1], 0);
        assertEquals(0, logits.floats()[3], 0f);
    }

    @Test
    void notANumberSpreadsToTheLoss() {
        DeviceArray logits = DeviceArray.of(1, 0, 0, 0, Float.NaN, 5);
        assertTrue(Double.isNaN(losses(logits, 3, new int[] {1, 2}, 1, null)[0]));
    }

    @Test
    void rowsThatFillUpTheShapeCountForNothing() {
        int vocabulary = 45;
        float[] logits = with.normal(3 * vocabulary);
        DeviceArray alone = DeviceArray.of(Arrays.copyOf(logits, vocabulary));
        double[] expected = losses(alone, vocabulary, new int[] {4}, 0.5f, null);
        Arrays.fill(logits, vocabulary, 3 * vocabulary, Float.NaN);
        DeviceArray filled = DeviceArray.of(logits);
        assertArrayEquals(expected, losses(filled, vocabulary, new int[] {4, -1, -1}, 0.5f, null), 1e-6 * expected[0]);
        float[] gradient = filled.floats();
        assertArrayEquals(new float[2 * vocabulary], Arrays.copyOfRange(gradient, vocabulary, 3 * vocabulary));
    }

    @Test
    void twoRunsGiveTheSameBits() {
        int vocabulary = 207;
        float[] logits = with.normal(30 * vocabulary);
        int[] labels = with.indices(30, vocabulary);
        byte[][] losses = new byte[2][];
        for (int run = 0; run < 2; run++) {
            DeviceArray rowLosses = DeviceArray.poisonedDoubles(60);
            DeviceArray loss = DeviceArray.of(0.0, 0.0);
            with.device.run(
                    "crossEntropy",
                    new Launch(30, 64),
                    DeviceArray.of(logits),
                    DeviceArray.of(labels),
                    vocabulary,
                    DeviceArray.of(1f),
                    null,
                    rowLosses);
            with.device.run("addLosses", new Launch(1, 64), rowLosses, 30, loss);
            losses[run] = loss.content();
        }
        assertArrayEquals(losses[0], losses[1]);
    }
}
