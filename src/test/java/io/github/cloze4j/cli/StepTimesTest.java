package io.github.cloze4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.cloze4j.train.StepReport;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StepTimesTest {
    /** Steps that nobody times take so much longer that one of them shows. */
    private static final long UNTIMED_SECONDS = 1_000_000;

    private static final long NANOS = 1_000_000_000;

    private long now = 123;
    private long deviceIsDone = now;

    /** Of the timed steps, from 0 on: no two sums of them are equal. */
    private static long seconds(int timed) {
        return 1L << timed;
    }

    /**
     * As a trainer reports steps: on a device each when the next has been asked for, the last when there is none, and as
     * soon as its loss is there, which is before its end.
     */
    private void run(StepTimes times, int steps, boolean onDevice) {
        int all = times.allSteps();
        long lossOfTheOneBefore = now;
        for (int step = 1; step <= all; step++) {
            int timed = step - 1 - (all - steps);
            long length = NANOS * (timed < 0 ? UNTIMED_SECONDS : seconds(timed));
            deviceIsDone = Math.max(now, deviceIsDone) + length;
            long loss = onDevice ? deviceIsDone - length / 2 : deviceIsDone;
            if (onDevice && step > 1) {
                report(times, step - 1, lossOfTheOneBefore);
            }
            if (!onDevice || step == all) {
                report(times, step, loss);
            }
            lossOfTheOneBefore = loss;
        }
    }

    private void report(StepTimes times, int step, long loss) {
        now = Math.max(now, loss);
        times.onStep(new StepReport(step, 0, Map.of(), 0, 0, 0, 0, 0));
    }

    private void finish() {
        now = deviceIsDone;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 7, 10})
    void onADeviceTheTimeOfAStepIsTheMeanOfJustTheStepsThatWereAskedFor(int steps) {
        StepTimes times = new StepTimes(steps, true, this::finish, () -> now);
        run(times, steps, true);

        assertEquals((double) (seconds(steps) - 1) / steps, times.seconds());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 7, 10})
    void elsewhereTheTimeOfAStepIsTheMedianOfJustTheStepsThatWereAskedFor(int steps) {
        StepTimes times = new StepTimes(steps, false, this::finish, () -> now);
        run(times, steps, false);

        assertEquals((seconds((steps - 1) / 2) + seconds(steps / 2)) / 2.0, times.seconds());
        assertEquals(times.median(), times.seconds());
    }
}
