package io.github.cloze4j.kernel.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.kernel.AdamWStep;
import io.github.cloze4j.kernel.Clipping;
import io.github.cloze4j.kernel.Pending;
import io.github.cloze4j.kernel.cuda.EmulatedDevice.Launch;
import io.github.cloze4j.optim.GradientClipping;
import io.github.cloze4j.optim.OptimizerKind;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.ndarray.INDArray;

/** {@code adamw.cu}, emulated, against the {@code nd4j} kernels in double precision and {@link GradientClipping}. */
@EnabledIf(value = EmulatedDevice.IS_AVAILABLE, disabledReason = EmulatedDevice.NEEDS)
class CudaAdamWTest {
    private KernelFixture with;

    @BeforeEach
    void open() {
        with = new KernelFixture(getClass());
    }

    @AfterEach
    void close() {
        with.close();
    }

    private Launch flat() {
        return new Launch(1 + with.random.nextInt(7), with.device.threads());
    }

    /** The numbers of a step as the kernel takes them. */
    private static DeviceArray numbers(AdamWStep step) {
        return DeviceArray.of(
                (float) step.beta1(),
                (float) (1 - step.beta1()),
                (float) step.beta2(),
                (float) (1 - step.beta2()),
                (float) (1 - step.learningRate() * step.weightDecay()),
                (float) (step.learningRate() / step.biasCorrection1()),
                (float) (1 / Math.sqrt(step.biasCorrection2())),
                (float) step.epsilon());
    }

    @ParameterizedTest
    @CsvSource({"1, true", "1, false", "7, true", "1025, false", "20001, true", "20001, false"})
    void steps(int length, boolean correctsBias) {
        AdamWStep step =
                new AdamWStep(1e-2, 0.9, 0.98, 1e-6, 0.01, 3, correctsBias, new Clipping(Pending.of(1.0), 0.7f, 0));
        float[] value = with.normal(length);
        float[] gradient = with.normal(length);
        float[] firstMoment = with.normal(length);
        float[] secondMoment = with.normal(length);
        for (int i = 0; i < length; i++) {
            secondMoment[i] *= secondMoment[i];
        }
        INDArray expected = with.array(value, length);
        INDArray expectedFirst = with.array(firstMoment, length);
        INDArray expectedSecond = with.array(secondMoment, length);
        with.oracle.adamW(expected, with.array(gradient, length), expectedFirst, expectedSecond, step);

        DeviceArray x = DeviceArray.of(value);
        DeviceArray dx = DeviceArray.of(gradient);
        DeviceArray first = DeviceArray.of(firstMoment);
        DeviceArray second = DeviceArray.of(secondMoment);
        DeviceArray copy = DeviceArray.poisonedBf16(length);
        with.device.run(
                "adamW", flat(), x, dx, first, second, (long) length, numbers(step), DeviceArray.of(0.7f), copy);
        with.assertClose("value", expected, x);
        with.assertClose("first moment", expectedFirst, first);
        with.assertClose("second moment", expectedSecond, second);
        assertArrayEquals(new float[length], dx.floats());
        KernelFixture.assertCopied(x, copy);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 1025, 20_001})
    void squaredNorms(int length) {
        float[] x = with.normal(length);
        double expected = with.oracle.squaredNorm(with.array(x, length)).read();
        Launch launch = flat();
        byte[][] sums = new byte[2][];
        for (int run = 0; run < 2; run++) {
            DeviceArray partialSums = DeviceArray.poisonedDoubles(launch.gridX());
            DeviceArray sum = DeviceArray.poisonedDoubles(1);
            with.device.run("squaredNorm", launch, DeviceArray.of(x), (long) length, partialSums);
            with.device.run("sumOfParts", new Launch(1, 96), partialSums, launch.gridX(), sum);
            assertEquals(expected, sum.doubles()[0], 1e-12 * expected);
            sums[run] = sum.content();
        }
        assertArrayEquals(sums[0], sums[1], "two runs, bit for bit");
    }

    @Test
    void theLargestBlockSumsAllItsWarps() {
        float[] x = with.normal(5000);
        DeviceArray sum = DeviceArray.poisonedDoubles(1);
        with.device.run("squaredNorm", new Launch(1, 1024), DeviceArray.of(x), 5000L, sum);
        double expected = with.oracle.squaredNorm(with.array(x, 5000)).read();
        assertEquals(expected, sum.doubles()[0], 1e-12 * expected);
    }

    private float clipFactor(double squaredNorm, double maxNorm, double epsilon) {
        DeviceArray factor = DeviceArray.poisonedFloats(1);
        with.device.run("clipFactor", new Launch(1, 1), DeviceArray.of(squaredNorm), maxNorm, epsilon, factor);
        return factor.floats()[0];
    }

    @ParameterizedTest
    @CsvSource({"0, 1", "0.25, 1", "1, 1", "9, 1", "9, 0", "1e300, 1e-3", "4, 100"})
    void clippingFactors(double squaredNorm, double maxNorm) {
        Pending<Double> known = Pending.of(squaredNorm);
        assertEquals(
                (float) GradientClipping.of(known, maxNorm, OptimizerKind.ADAMW).factor(),
                clipFactor(squaredNorm, maxNorm, 1e-6),
                0f);
        assertEquals(
                (float) GradientClipping.of(known, maxNorm, OptimizerKind.BERT).factor(),
                clipFactor(squaredNorm, maxNorm, 0),
                0f);
    }

    @ParameterizedTest
    @ValueSource(doubles = {Double.NaN, Double.POSITIVE_INFINITY})
    void aNormThatIsNotFiniteLeavesTheParametersAsTheyWere(double squaredNorm) {
        for (double maxNorm : new double[] {0, 1}) {
            float factor = clipFactor(squaredNorm, maxNorm, 1e-6);
            assertTrue(Float.isNaN(factor));
            float[] values = with.normal(207);
            DeviceArray value = DeviceArray.of(values);
            DeviceArray other = DeviceArray.of(values);
            AdamWStep step = new AdamWStep(1e-2, 0.9, 0.98, 1e-6, 0.01, 3, true, Clipping.NONE);
            with.device.run(
                    "adamW", flat(), value, other, other, other, 207L, numbers(step), DeviceArray.of(factor), null);
            assertArrayEquals(values, value.floats());
            assertArrayEquals(values, other.floats());
        }
    }
}
