package io.github.cloze4j.kernel.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import io.github.cloze4j.kernel.Dropout;
import io.github.cloze4j.kernel.cuda.EmulatedDevice.Launch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.ndarray.INDArray;

/** {@code layer_norm.cu}, emulated, against the {@code nd4j} kernels in double precision. */
@EnabledIf(value = EmulatedDevice.IS_AVAILABLE, disabledReason = EmulatedDevice.NEEDS)
class CudaLayerNormTest {
    private KernelFixture with;

    @BeforeEach
    void open() {
        with = new KernelFixture(getClass());
    }

    @AfterEach
    void close() {
        with.close();
    }

    @ParameterizedTest
    @CsvSource({
        "1, 7, 0.1, true, 1e-12",
        "7, 13, 0, true, 0.5",
        "107, 24, 0.5, true, 1e-12",
        "60, 128, 0.1, false, 1e-12",
        "3, 5000, 0.1, true, 1e-3"
    })
    void forward(int tokens, int hidden, double probability, boolean withResidual, double epsilon) {
        Dropout dropout = new Dropout(probability, with.seed, 3, 2);
        float[] x = with.normal(tokens * hidden);
        float[] residual = with.normal(tokens * hidden);
        float[] gamma = with.normal(hidden);
        float[] beta = with.normal(hidden);
        INDArray expectedNormalized = with.empty(tokens, hidden);
        INDArray expectedInverse = with.empty(tokens);
        INDArray expected = with.empty(tokens, hidden);
        with.oracle.residualLayerNorm(
                with.array(x, tokens, hidden),
                withResidual ? with.array(residual, tokens, hidden) : null,
                dropout,
                with.array(gamma, hidden),
                with.array(beta, hidden),
                epsilon,
                expectedNormalized,
                expectedInverse,
                expected);

        DeviceArray normalized = DeviceArray.poisonedFloats(tokens * hidden);
        DeviceArray inverse = DeviceArray.poisonedFloats(tokens);
        DeviceArray y = DeviceArray.poisonedFloats(tokens * hidden);
        DeviceArray copy = DeviceArray.poisonedBf16(tokens * hidden);
        with.device.run(
                "residualLayerNorm",
                new Launch(tokens, 1, with.device.threads(), hidden * Float.BYTES),
                DeviceArray.of(x),
                withResidual ? DeviceArray.of(residual) : null,
                KernelFixture.mask(dropout),
                DeviceArray.of(gamma),
                DeviceArray.of(beta),
                (float) epsilon,
                hidden,
                normalized,
                inverse,
                y,
                copy);
        with.assertClose("normalized", expectedNormalized, normalized);
        with.assertClose("inverse deviation", expectedInverse, inverse);
        with.assertClose("y", expected, y);
        KernelFixture.assertCopied(y, copy);
    }

    @ParameterizedTest
    @CsvSource({
        "1, 7, 0.1, true, false",
        "7, 13, 0, true, true",
        "107, 24, 0.5, true, false",
        "60, 128, 0.1, false, true",
        "3, 5000, 0.1, true, true"
    })
    void backward(int tokens, int hidden, double probability, boolean withResidual, boolean inPlace) {
        Dropout dropout = new Dropout(probability, with.seed, 3, 2);
        float[] dy = with.normal(tokens * hidden);
        float[] gamma = with.normal(hidden);
        float[] normalized = with.normal(tokens * hidden);
        float[] inverse = with.normal(tokens);
        float[] dGamma = with.normal(hidden);
        float[] dBeta = with.normal(hidden);
        INDArray expectedResidual = with.empty(tokens, hidden);
        INDArray expected = with.empty(tokens, hidden);
        INDArray expectedGamma = with.array(dGamma, hidden);
        INDArray expectedBeta = with.array(dBeta, hidden);
        with.oracle.residualLayerNormBackward(
                with.array(dy, tokens, hidden),
                with.array(gamma, hidden),
                with.array(normalized, tokens, hidden),
                with.array(inverse, tokens),
                dropout,
                withResidual ? expectedResidual : null,
                expected,
                expectedGamma,
                expectedBeta);

        int blocks = 1 + with.random.nextInt(9);
        Launch launch = new Launch(blocks, 1, with.device.threads(), 2 * hidden * Float.BYTES);
        Launch addLaunch = new Launch((hidden + 31) / 32, with.device.threads());
        DeviceArray[] sums = {DeviceArray.of(dGamma), DeviceArray.of(dGamma)};
        for (DeviceArray sumOfGamma : sums) {
            DeviceArray dyCopy = DeviceArray.of(dy);
            DeviceArray dResidual = withResidual ? DeviceArray.poisonedFloats(tokens * hidden) : null;
            DeviceArray dx = inPlace ? dyCopy : DeviceArray.poisonedFloats(tokens * hidden);
            DeviceArray copy = DeviceArray.poisonedBf16(tokens * hidden);
            DeviceArray partialSums = DeviceArray.poisonedFloats(blocks * 2 * hidden);
            DeviceArray sumOfBeta = DeviceArray.of(dBeta);
            with.device.run(
                    "residualLayerNormBackward",
                    launch,
                    dyCopy,
                    DeviceArray.of(gamma),
                    DeviceArray.of(normalized),
                    DeviceArray.of(inverse),
                    KernelFixture.mask(dropout),
                    tokens,
                    hidden,
                    dResidual,
                    dx,
                    copy,
                    partialSums);
            DeviceArray betaPart = partialSums.from(hidden);
            with.device.run("addPartialSums", addLaunch, partialSums, blocks, 2 * hidden, hidden, sumOfGamma);
            with.device.run("addPartialSums", addLaunch, betaPart, blocks, 2 * hidden, hidden, sumOfBeta);
            if (dResidual != null) {
                with.assertClose("dResidual", expectedResidual, dResidual);
            }
            with.assertClose("dx", expected, dx);
            KernelFixture.assertCopied(dx, copy);
            with.assertClose("dGamma", expectedGamma, sumOfGamma);
            with.assertClose("dBeta", expectedBeta, sumOfBeta);
        }
        assertArrayEquals(sums[0].content(), sums[1].content(), "two runs, bit for bit");
    }
}
