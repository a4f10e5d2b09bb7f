package io.github.cloze4j.finetune.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;

class CalibrationTest {
    @Test
    void binsAndErrorAreThoseOfTheDefinition() {
        // By hand: bins (0, 0.25], (0.25, 0.5], (0.5, 0.75], (0.75, 1].
        Calibration calibration = Calibration.of(
                new double[] {0, 0.25, 0.5, 0.75, 0.8, 1}, new boolean[] {false, true, false, true, true, false}, 4);
        assertEquals(
                List.of(2, 1, 1, 2),
                calibration.bins().stream().map(Calibration.Bin::rows).toList());
        assertEquals(
                new Calibration.Bin(0.75, 1, 2, 0.9, 0.5), calibration.bins().get(3));
        // (2 |0.125 - 0.5| + |0.5 - 0| + |0.75 - 1| + 2 |0.9 - 0.5|) / 6
        assertEquals((0.75 + 0.5 + 0.25 + 0.8) / 6, calibration.error(), 1e-12);
    }

    @Test
    void probabilitiesThatAreSharesHaveNoError() {
        assertEquals(
                0,
                Calibration.of(new double[] {0.5, 0.5}, new boolean[] {true, false}, 10)
                        .error(),
                1e-12);
    }

    @Test
    void emptyBinsAreLeftOut() {
        assertEquals(
                1,
                Calibration.of(new double[] {1}, new boolean[] {true}, 10)
                        .bins()
                        .size());
    }

    @Test
    void wrongLengthsAreRefused() {
        assertThrows(
                IllegalArgumentException.class, () -> Calibration.of(new double[] {1}, new boolean[] {true, true}, 10));
        assertThrows(IllegalArgumentException.class, () -> Calibration.of(new double[0], new boolean[0], 10));
        assertThrows(IllegalArgumentException.class, () -> Calibration.of(new double[] {1}, new boolean[] {true}, 0));
    }
}
