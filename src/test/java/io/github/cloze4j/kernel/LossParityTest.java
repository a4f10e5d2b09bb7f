package io.github.cloze4j.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.random.RandomStream;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * The losses of other kernels in float, here of the {@code cpu} kernels, against the {@code nd4j} kernels in double precision
 * on the same random scores, at awkward sizes.
 */
class LossParityTest {
    private static final double SCALE = 0.25;
    private static final double TOLERANCE = 1e-6;

    private final long seed = System.nanoTime();
    private final RandomStream random = new RandomStream(seed, 1, 0, 0);
    private final Kernels oracle = KernelProviders.create("nd4j", DataType.DOUBLE);
    private final Kernels tested = tested();

    LossParityTest() {
        System.err.println(getClass().getSimpleName() + " seed " + seed);
    }

    /** The kernels that are compared with the oracle's. */
    Kernels tested() {
        return KernelProviders.create("cpu", DataType.FLOAT, Precision.FULL, 2);
    }

    @AfterEach
    void close() {
        tested.close();
        oracle.close();
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "1, 2", "7, 3", "33, 31", "13, 32", "5, 33", "3, 1031"})
    void lossesAndGradients(int rows, int columns) {
        for (LossCase loss : LossCase.draw(random, rows, columns)) {
            LossCase.Result expected = loss.run(oracle, loss.scores(), SCALE);
            LossCase.Result received = loss.run(tested, loss.scores(), SCALE);
            double sum = expected.loss().sum();
            assertEquals(sum, received.loss().sum(), TOLERANCE * Math.max(1, sum), loss.name());
            assertEquals(expected.loss().correct(), received.loss().correct(), loss.name());
            assertArrayEquals(expected.gradient(), received.gradient(), TOLERANCE, loss.name());
        }
    }

    /** Extreme scores keep a finite loss: 1000 is far above what {@code exp} takes. */
    @Test
    void hugeScoresHaveFiniteLosses() {
        for (LossCase loss : LossCase.draw(random, 4, 7)) {
            double[] huge = loss.scores().clone();
            for (int i = 0; i < huge.length; i++) {
                huge[i] = Math.rint(500 * huge[i]);
            }
            LossCase.Result expected = loss.run(oracle, huge, SCALE);
            LossCase.Result received = loss.run(tested, huge, SCALE);
            assertTrue(Double.isFinite(expected.loss().sum()), loss.name());
            assertEquals(
                    expected.loss().sum(),
                    received.loss().sum(),
                    TOLERANCE * expected.loss().sum(),
                    loss.name());
            for (int i = 0; i < huge.length; i++) {
                double gradient = expected.gradient()[i];
                assertEquals(
                        gradient, received.gradient()[i], TOLERANCE * Math.max(1, Math.abs(gradient)), loss.name());
            }
        }
    }

    /** The optimizer skips a step with a gradient that is not finite, so a loss that is not finite must show there. */
    @Test
    void aLossThatIsNotFiniteShowsInItsGradient() {
        for (Kernels kernels : List.of(oracle, tested)) {
            for (double broken : new double[] {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY}) {
                for (LossCase loss : LossCase.draw(random, 1, 5)) {
                    for (int i = 0; i < loss.scores().length; i++) {
                        double[] scores = loss.scores().clone();
                        scores[i] = broken;
                        LossCase.Result result = loss.run(kernels, scores, SCALE);
                        String name = kernels.name() + " " + loss.name() + " " + i + " " + broken;
                        if (Double.isFinite(result.loss().sum())) {
                            assertEquals(Double.NEGATIVE_INFINITY, broken, name);
                        } else {
                            assertFalse(Double.isFinite(sumOf(result.gradient())), name);
                        }
                    }
                }
            }
        }
    }

    private static double sumOf(double[] numbers) {
        double sum = 0;
        for (double number : numbers) {
            sum += number;
        }
        return sum;
    }
}
