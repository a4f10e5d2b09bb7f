package io.github.cloze4j.finetune.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.random.RandomStream;
import java.util.Arrays;
import java.util.function.ToDoubleFunction;
import org.junit.jupiter.api.Test;

class BootstrapTest {
    private static final int ROWS = 400;

    private static ToDoubleFunction<int[]> accuracy(int[] gold, int[] predicted) {
        return rows -> ConfusionMatrix.of(Rows.pick(gold, rows), Rows.pick(predicted, rows), 2)
                .accuracy();
    }

    /** Rows that are right with a probability of 0.8. */
    private static int[] predictions(long seed) {
        RandomStream random = new RandomStream(seed, 1, 0, 0);
        int[] predicted = new int[ROWS];
        for (int row = 0; row < ROWS; row++) {
            predicted[row] = random.nextDouble() < 0.8 ? 0 : 1;
        }
        return predicted;
    }

    @Test
    void anIntervalIsAFunctionOfTheSeed() {
        ToDoubleFunction<int[]> metric = accuracy(new int[ROWS], predictions(7));
        Bootstrap.Interval first = Bootstrap.interval(ROWS, metric, 200, 3);
        assertEquals(first, Bootstrap.interval(ROWS, metric, 200, 3));
        assertNotEquals(first, Bootstrap.interval(ROWS, metric, 200, 4));
    }

    @Test
    void moreResamplesBeginWithTheSameOnes() {
        StringBuilder few = new StringBuilder();
        StringBuilder many = new StringBuilder();
        Bootstrap.interval(5, rows -> few.append(Arrays.toString(rows)).length(), 10, 1);
        Bootstrap.interval(5, rows -> many.append(Arrays.toString(rows)).length(), 20, 1);
        assertTrue(many.toString().startsWith(few.toString()));
    }

    @Test
    void theIntervalOfAShareIsThatOfTheNormalApproximation() {
        long seed = System.nanoTime();
        int[] predicted = predictions(seed);
        double share = ConfusionMatrix.of(new int[ROWS], predicted, 2).accuracy();
        Bootstrap.Interval interval = Bootstrap.interval(ROWS, accuracy(new int[ROWS], predicted), 4000, seed);
        double half = 1.96 * Math.sqrt(share * (1 - share) / ROWS);
        // The limits are percentiles of 4,000 draws: five of their standard errors, and one row of the 400.
        double tolerance = 0.008;
        assertEquals(share - half, interval.low(), tolerance, "seed " + seed);
        assertEquals(share + half, interval.high(), tolerance, "seed " + seed);
    }

    @Test
    void ninetyFiveOfAHundredIntervalsHoldTheTrueValue() {
        int held = 0;
        for (int run = 0; run < 300; run++) {
            Bootstrap.Interval interval = Bootstrap.interval(ROWS, accuracy(new int[ROWS], predictions(run)), 200, run);
            held += interval.low() <= 0.8 && interval.high() >= 0.8 ? 1 : 0;
        }
        assertTrue(held >= 270 && held <= 297, "held: " + held + " of 300");
    }

    @Test
    void undefinedResamplesAreLeftOutAndCounted() {
        boolean[] positive = {true, false, false};
        double[] scores = {3, 1, 2};
        Bootstrap.Interval interval =
                Bootstrap.interval(3, rows -> RocAuc.of(Rows.pick(positive, rows), Rows.pick(scores, rows)), 500, 1);
        // All three rows negative, or all positive: 8/27 and 1/27.
        assertEquals(500 * 9.0 / 27, interval.undefined(), 50);
        assertEquals(1, interval.low());
        assertEquals(1, interval.high());
        Bootstrap.Interval none = Bootstrap.interval(3, rows -> Double.NaN, 10, 1);
        assertEquals(new Bootstrap.Interval(Double.NaN, Double.NaN, 10, 10), none);
    }

    @Test
    void fewerThanTwoResamplesAreRefused() {
        String message = assertThrows(IllegalArgumentException.class, () -> Bootstrap.interval(3, rows -> 0, 1, 0))
                .getMessage();
        assertEquals("Expected at least 2 resamples. Received: 1. Take 1000.", message);
        assertThrows(IllegalArgumentException.class, () -> Bootstrap.interval(0, rows -> 0, 10, 0));
    }
}
