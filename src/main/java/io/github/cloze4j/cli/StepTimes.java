package io.github.cloze4j.cli;

import io.github.cloze4j.train.StepReport;
import io.github.cloze4j.train.TrainingListener;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * The time from one step's end to the next one's, first steps left out. On a device that works behind the host, a step's end
 * is when the next one has been asked for; only before and at the end of the steps that are timed, all that was asked for is
 * waited for.
 */
final class StepTimes implements TrainingListener {
    private static final int WARM_UP_STEPS = 3;
    private static final double NANOS = 1e9;

    private final int steps;
    private final boolean queued;
    private final Runnable finish;
    private final LongSupplier nanoTime;
    private final List<Long> nanos = new ArrayList<>();
    private long last;
    private double firstStepSeconds;

    /**
     * For one run of {@link #allSteps} steps.
     *
     * @param steps the number of steps to time
     * @param queued whether a step may be queued before the previous one has finished
     * @param finish waits until all queued work is done
     */
    StepTimes(int steps, boolean queued, Runnable finish, LongSupplier nanoTime) {
        this.steps = steps;
        this.queued = queued;
        this.finish = finish;
        this.nanoTime = nanoTime;
    }

    /** Steps to run: what works behind the host has begun another step when it is waited for the first time. */
    int allSteps() {
        return WARM_UP_STEPS + steps + (queued ? 1 : 0);
    }

    @Override
    public void onStep(StepReport report) {
        if (report.step() == WARM_UP_STEPS || report.step() == allSteps()) {
            finish.run();
        }
        long now = nanoTime.getAsLong();
        if (report.step() == 1) {
            firstStepSeconds = Machine.secondsSinceStart();
        }
        if (report.step() > WARM_UP_STEPS) {
            nanos.add(now - last);
        }
        last = now;
    }

    /** Until the first step's end, from the start of the process. */
    double firstStepSeconds() {
        return firstStepSeconds;
    }

    /** Of a step: the median, but the mean where single steps do not end when the host says so. */
    double seconds() {
        return queued ? nanos.stream().mapToLong(Long::longValue).sum() / NANOS / steps : median();
    }

    /** Of the times between reports, in seconds. */
    double median() {
        List<Long> sorted = nanos.stream().sorted().toList();
        int middle = sorted.size() / 2;
        long twice = sorted.size() % 2 == 1 ? 2 * sorted.get(middle) : sorted.get(middle - 1) + sorted.get(middle);
        return twice / 2.0 / NANOS;
    }
}
