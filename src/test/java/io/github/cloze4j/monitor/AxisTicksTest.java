package io.github.cloze4j.monitor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class AxisTicksTest {
    @Test
    void ticksCoverTheDataTightlyAndHaveDistinctLabels() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int i = 0; i < 2000; i++) {
            double range = Math.pow(10, 12 * random.nextDouble() - 5);
            double minimum = random.nextBoolean() ? 0 : range * 20 * (random.nextDouble() - 0.5);
            double maximum = minimum + range;
            int most = 2 + random.nextInt(8);
            AxisTicks ticks = AxisTicks.covering(minimum, maximum, most);
            String message = "seed " + seed + ": " + minimum + " to " + maximum + ": " + ticks;
            double slack = 1e-6 * ticks.step();
            assertTrue(ticks.low() <= minimum + slack && ticks.high() >= maximum - slack, message);
            assertTrue(minimum - ticks.low() < ticks.step() && ticks.high() - maximum < ticks.step(), message);
            assertTrue(ticks.count() >= 2 && ticks.count() <= most + 1, message);
            Set<String> labels = new HashSet<>();
            IntStream.range(0, ticks.count()).forEach(at -> labels.add(ticks.label(at)));
            assertTrue(ticks.step() < 1e-5 || labels.size() == ticks.count(), message + labels);
        }
    }

    @Test
    void labelsHaveTheDigitsTheyNeed() {
        AxisTicks rates = AxisTicks.covering(0, 1e-3, 6);
        assertEquals("0", rates.label(0));
        assertEquals("0.0002", rates.label(1));
        AxisTicks steps = AxisTicks.covering(1, 12_000, 6);
        assertEquals("2,000", steps.label(1));
    }

    @Test
    void aConstantHasAnAxisToo() {
        assertTrue(AxisTicks.covering(0, 0, 6).step() > 0);
        for (double value : new double[] {5, -3, 1e-4, 0.6}) {
            AxisTicks ticks = AxisTicks.covering(value, value, 6);
            assertTrue(ticks.low() <= value && ticks.high() >= value && ticks.step() > 0, ticks.toString());
            AxisTicks noisy = AxisTicks.covering(value, value + Math.ulp(value), 6);
            assertEquals(ticks, noisy, "rounding is no range");
        }
    }
}
