package io.github.cloze4j.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.random.RandomStream;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;

/** Gradients of losses against central differences in double precision, and losses that are others in disguise. */
class LossGradientTest {
    private static final double SCALE = 0.5;
    private static final double STEP = 1e-5;

    private final long seed = System.nanoTime();
    private final RandomStream random = new RandomStream(seed, 1, 0, 0);
    private final Kernels kernels = KernelProviders.create("nd4j", DataType.DOUBLE);

    LossGradientTest() {
        System.err.println("LossGradientTest seed " + seed);
    }

    @AfterEach
    void close() {
        kernels.close();
    }

    @ParameterizedTest
    @CsvSource({"1, 2", "3, 7", "2, 33"})
    void gradientsAreCentralDifferences(int rows, int columns) {
        for (LossCase loss : LossCase.draw(random, rows, columns)) {
            double[] gradient = loss.run(kernels, loss.scores(), SCALE).gradient();
            for (int i = 0; i < gradient.length; i++) {
                double difference = SCALE * (sumAt(loss, i, STEP) - sumAt(loss, i, -STEP)) / (2 * STEP);
                assertEquals(difference, gradient[i], 1e-8, loss.name() + " " + i);
            }
        }
    }

    private double sumAt(LossCase loss, int index, double step) {
        double[] scores = loss.scores().clone();
        scores[index] += step;
        return loss.run(kernels, scores, 0).loss().sum();
    }

    @Test
    void equalWeightsScaleTheLoss() {
        int[] labels = {2, 0, 1};
        LossCase twice = classes(labels, new ClassLoss(List.of(2.0, 2.0, 2.0), 0, 0));
        LossCase.Result expected = classes(labels, ClassLoss.PLAIN).run(kernels, twice.scores(), 2 * SCALE);
        LossCase.Result received = twice.run(kernels, twice.scores(), SCALE);
        assertEquals(2 * expected.loss().sum(), received.loss().sum(), 1e-12);
        assertEquals(expected.loss().correct(), received.loss().correct());
        assertArrayEquals(expected.gradient(), received.gradient(), 1e-12);
    }

    /** A probability that rounds to 1 leaves no focus: {@code 0^(γ − 1)} must not become infinite. */
    @Test
    void aCertainRowHasNoFocalLoss() {
        for (double gamma : new double[] {0.5, 1, 2}) {
            LossCase focal = classes(new int[] {0}, new ClassLoss(List.of(), 0, gamma));
            LossCase.Result result = focal.run(kernels, new double[] {800, -800, -800}, SCALE);
            assertEquals(new LossSum(0, 1), result.loss());
            assertArrayEquals(new double[3], result.gradient(), 0);
        }
    }

    /** With no score given to it, a class that is impossible costs nothing; smoothing gives each class a share. */
    @Test
    void anImpossibleClassCostsOnlyIfItHasAShare() {
        double[] scores = {1, Double.NEGATIVE_INFINITY, 0};
        LossCase weighted = classes(new int[] {0}, new ClassLoss(List.of(2.0, 1.0, 1.0), 0, 0));
        assertEquals(
                2 * Math.log1p(Math.exp(-1)),
                weighted.run(kernels, scores, SCALE).loss().sum(),
                1e-12);
        LossCase smoothed = classes(new int[] {0}, new ClassLoss(List.of(), 0.1, 0));
        LossCase.Result result = smoothed.run(kernels, scores, SCALE);
        assertEquals(Double.POSITIVE_INFINITY, result.loss().sum());
        assertTrue(Double.isNaN(result.gradient()[0]));
    }

    @Test
    void ofEqualScoresTheFirstCounts() {
        double[] scores = {1, 1, 0};
        ClassLoss loss = new ClassLoss(List.of(), 0.1, 0);
        for (int label = 0; label < 3; label++) {
            LossSum sum =
                    classes(new int[] {label}, loss).run(kernels, scores, SCALE).loss();
            assertEquals(label == 0 ? 1 : 0, sum.correct(), "label " + label);
        }
    }

    private LossCase classes(int[] labels, ClassLoss loss) {
        double[] scores = new double[3 * labels.length];
        for (int i = 0; i < scores.length; i++) {
            scores[i] = random.nextGaussian();
        }
        return new LossCase("classes", 3, scores, (on, x, scale) -> on.crossEntropy(x, labels, loss, scale));
    }
}
