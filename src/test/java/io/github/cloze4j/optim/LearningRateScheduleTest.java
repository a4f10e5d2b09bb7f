package io.github.cloze4j.optim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.kernel.Pending;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class LearningRateScheduleTest {
    /**
     * What transformers' get_linear_schedule_with_warmup(10, 100) and get_cosine_… give for these steps, times 1e-3; of
     * LINEAR_GOOGLE, what TensorFlow's polynomial_decay to 0 in 100 steps gives behind Google's warm-up of 10.
     */
    @ParameterizedTest
    @CsvSource({
        "LINEAR,0,0",
        "LINEAR,1,1e-4",
        "LINEAR,9,9e-4",
        "LINEAR,10,1e-3",
        "LINEAR,55,5e-4",
        "LINEAR,99,1.111111111111111e-5",
        "LINEAR,100,0",
        "LINEAR_GOOGLE,0,0",
        "LINEAR_GOOGLE,9,9e-4",
        "LINEAR_GOOGLE,10,9e-4",
        "LINEAR_GOOGLE,11,8.9e-4",
        "LINEAR_GOOGLE,55,4.5e-4",
        "LINEAR_GOOGLE,99,1e-5",
        "LINEAR_GOOGLE,100,0",
        "COSINE,5,5e-4",
        "COSINE,10,1e-3",
        "COSINE,55,5e-4",
        "COSINE,40,7.5e-4",
        "COSINE,100,0",
        "CONSTANT,5,5e-4",
        "CONSTANT,99,1e-3",
        "WARMUP_STABLE_DECAY,5,5e-4",
        "WARMUP_STABLE_DECAY,79,1e-3",
        "WARMUP_STABLE_DECAY,90,5e-4",
        "WARMUP_STABLE_DECAY,100,0"
    })
    void ratesAreThoseOfTheReferences(ScheduleKind kind, int stepsDone, double expected) {
        LearningRateSchedule schedule = new LearningRateSchedule(kind, 1e-3, 0.1);

        assertEquals(expected, schedule.at(stepsDone / 100.0), 1e-15);
    }

    @ParameterizedTest
    @EnumSource(ScheduleKind.class)
    void everyShapeStaysBetweenZeroAndThePeak(ScheduleKind kind) {
        for (double warmup : new double[] {0, 0.06, 0.5, 0.9, 1}) {
            LearningRateSchedule schedule = new LearningRateSchedule(kind, 2, warmup);
            for (int i = 0; i <= 1000; i++) {
                double rate = schedule.at(i / 1000.0);
                assertTrue(rate >= 0 && rate <= 2, kind + " " + warmup + " at " + i + ": " + rate);
            }
        }
    }

    /** A warm-up of 0.8 leaves the fifth that the decay takes; a longer one leaves less, and the decay takes all of it. */
    @ParameterizedTest
    @ValueSource(doubles = {0, 0.5, 0.79, 0.8, 0.81, 0.9, 0.95, 0.999})
    void warmupStableDecayNeverJumps(double warmup) {
        LearningRateSchedule schedule = new LearningRateSchedule(ScheduleKind.WARMUP_STABLE_DECAY, 1, warmup);
        int steps = 100_000;
        double steepest = 1 / Math.min(0.2, 1 - warmup) / steps;
        double climb = warmup == 0 ? 0 : 1 / warmup / steps;
        for (int i = 1; i <= steps; i++) {
            double change = schedule.at((double) i / steps) - schedule.at((i - 1.0) / steps);
            assertTrue(Math.abs(change) <= Math.max(steepest, climb) * 1.001, "at " + i + ": " + change);
        }
        assertEquals(1, schedule.at(warmup), 1e-12);
        assertEquals(0, schedule.at(1));
    }

    @Test
    void warmupStableDecayTakesWhatALongWarmupLeaves() {
        LearningRateSchedule schedule = new LearningRateSchedule(ScheduleKind.WARMUP_STABLE_DECAY, 1e-3, 0.9);

        assertEquals(1e-3 * 0.85 / 0.9, schedule.at(0.85), 1e-15);
        assertEquals(1e-3, schedule.at(0.9), 1e-15);
        assertEquals(5e-4, schedule.at(0.95), 1e-15);
    }

    @Test
    void beyondItsEndARunStaysAtItsEnd() {
        LearningRateSchedule schedule = new LearningRateSchedule(ScheduleKind.LINEAR, 1, 0);

        assertEquals(0, schedule.at(1.5));
    }

    @ParameterizedTest
    @CsvSource({"0,0.1", "-1,0.1", "NaN,0.1", "Infinity,0.1", "1,-0.1", "1,1.1", "1,NaN"})
    void rangesAreChecked(double peak, double warmup) {
        assertThrows(IllegalArgumentException.class, () -> new LearningRateSchedule(ScheduleKind.LINEAR, peak, warmup));
    }

    private static double factor(double norm, double maxNorm, OptimizerKind optimizer) {
        return GradientClipping.of(Pending.of(norm * norm), maxNorm, optimizer).factor();
    }

    @Test
    void clippingIsPyTorchs() {
        assertEquals(1, factor(0.5, 1, OptimizerKind.ADAMW));
        assertEquals(1 / (4 + 1e-6), factor(4, 1, OptimizerKind.ADAMW));
        assertEquals(1, factor(1e9, 0, OptimizerKind.ADAMW));
        assertEquals(1, factor(0, 1, OptimizerKind.ADAMW));
    }

    @Test
    void clippingOfGooglesOptimizerIsTensorFlows() {
        assertEquals(1, factor(0.5, 1, OptimizerKind.BERT));
        assertEquals(1, factor(1, 1, OptimizerKind.BERT));
        assertEquals(0.25, factor(4, 1, OptimizerKind.BERT));
        assertEquals(Double.NaN, factor(Double.POSITIVE_INFINITY, 0, OptimizerKind.BERT));
        assertEquals(Double.NaN, factor(Double.NaN, 1, OptimizerKind.BERT));
        assertEquals(1, factor(1e9, 0, OptimizerKind.BERT));
        assertEquals(1, factor(0, 1, OptimizerKind.BERT));
    }
}
