package io.github.cloze4j.optim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class LearningRateScheduleTest {
    /** What transformers' get_linear_schedule_with_warmup(10, 100) and get_cosine_… give for these steps, times 1e-3. */
    @ParameterizedTest
    @CsvSource({
        "LINEAR,0,0",
        "LINEAR,1,1e-4",
        "LINEAR,9,9e-4",
        "LINEAR,10,1e-3",
        "LINEAR,55,5e-4",
        "LINEAR,99,1.111111111111111e-5",
        "LINEAR,100,0",
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
    void ratesAreThoseOfHuggingFace(ScheduleKind kind, int stepsDone, double expected) {
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

    @Test
    void clippingIsPyTorchs() {
        assertEquals(1, GradientClipping.scale(0.5, 1));
        assertEquals(1 / (4 + 1e-6), GradientClipping.scale(4, 1));
        assertEquals(1, GradientClipping.scale(1e9, 0));
        assertEquals(1, GradientClipping.scale(0, 1));
    }
}
