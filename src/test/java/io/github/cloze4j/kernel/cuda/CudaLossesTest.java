package io.github.cloze4j.kernel.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.cloze4j.kernel.ClassLoss;
import io.github.cloze4j.kernel.LossSum;
import io.github.cloze4j.kernel.cuda.EmulatedDevice.Launch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * {@code losses.cu}, emulated, against the {@code nd4j} kernels in double precision, and the bf16 copies of the gradients, which
 * {@code EmulatedCudaLossParityTest} does not see.
 */
@EnabledIf(value = EmulatedDevice.IS_AVAILABLE, disabledReason = EmulatedDevice.NEEDS)
class CudaLossesTest {
    private static final int ROWS = 5;
    private static final int COLUMNS = 71;
    private static final float SCALE = 0.25f;
    private static final int WARP = 32;

    private KernelFixture with;

    @BeforeEach
    void open() {
        with = new KernelFixture(getClass());
    }

    @AfterEach
    void close() {
        with.close();
    }

    private interface Oracle {
        LossSum of(INDArray scores);
    }

    /** @param arguments of the kernel between the scores and the gradient's scale */
    private void check(String kernel, int groups, float[] scores, int columns, Oracle oracle, Object... arguments) {
        INDArray expected = with.array(scores, scores.length / columns, columns);
        LossSum sum = oracle.of(expected);
        DeviceArray gradient = DeviceArray.of(scores);
        DeviceArray copy = DeviceArray.poisonedBf16(scores.length);
        DeviceArray losses = DeviceArray.poisonedDoubles(2 * groups);
        List<Object> all = new ArrayList<>(List.of(gradient));
        all.addAll(Arrays.asList(arguments));
        all.addAll(List.of(DeviceArray.of(SCALE), copy, losses));
        with.device.run(kernel, new Launch(groups, WARP), all.toArray());
        double loss = 0;
        double correct = 0;
        for (int i = 0; i < groups; i++) {
            loss += losses.doubles()[2 * i];
            correct += losses.doubles()[2 * i + 1];
        }
        assertEquals(sum.sum(), loss, 1e-6 * Math.max(1, sum.sum()), kernel);
        assertEquals(sum.countsAnswers() ? sum.correct() : 0, correct, 0, kernel);
        with.assertClose(kernel, expected, gradient);
        KernelFixture.assertCopied(gradient, copy);
    }

    @Test
    void gradientsAndTheirCopies() {
        int[] labels = with.indices(ROWS, COLUMNS);
        float[] shares = new float[ROWS * COLUMNS];
        for (int i = 0; i < shares.length; i += 3) {
            shares[i] = 1;
        }
        float[] values = with.normal(ROWS * COLUMNS);
        List<Double> weights = new ArrayList<>();
        float[] deviceWeights = new float[COLUMNS];
        for (int i = 0; i < COLUMNS; i++) {
            deviceWeights[i] = i % 5;
            weights.add((double) i % 5);
        }
        check(
                "classLoss",
                ROWS,
                with.normal(ROWS * COLUMNS),
                COLUMNS,
                x -> with.oracle
                        .crossEntropy(x, labels, new ClassLoss(weights, 0.1, 0), SCALE)
                        .read(),
                DeviceArray.of(labels),
                COLUMNS,
                DeviceArray.of(deviceWeights),
                0.1,
                0.0);
        check(
                "classLoss",
                ROWS,
                with.normal(ROWS * COLUMNS),
                COLUMNS,
                x -> with.oracle
                        .crossEntropy(x, labels, new ClassLoss(List.of(), 0, 2), SCALE)
                        .read(),
                DeviceArray.of(labels),
                COLUMNS,
                null,
                0.0,
                2.0);
        check(
                "sigmoidCrossEntropy",
                ROWS,
                with.normal(ROWS * COLUMNS),
                COLUMNS,
                x -> with.oracle.sigmoidCrossEntropy(x, shares, SCALE).read(),
                DeviceArray.of(shares),
                COLUMNS);
        check(
                "squaredError",
                ROWS,
                with.normal(ROWS * COLUMNS),
                COLUMNS,
                x -> with.oracle.squaredError(x, values, SCALE).read(),
                DeviceArray.of(values),
                COLUMNS);
        int[] ends = {1, 4, 70};
        int[] spans = {0, 0, 2, 1, 65, 33};
        check(
                "spanCrossEntropy",
                ends.length,
                with.normal(2 * 70),
                2,
                x -> with.oracle.spanCrossEntropy(x, ends, spans, SCALE).read(),
                DeviceArray.of(ends),
                DeviceArray.of(spans));
    }
}
