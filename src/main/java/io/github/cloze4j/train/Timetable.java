package io.github.cloze4j.train;

import java.time.Duration;

/** Decides after which steps a run is evaluated and saved. The time of a save changes none of the run's numbers. */
final class Timetable {
    private final TrainingConfig config;
    private long lastSave = System.nanoTime();

    Timetable(TrainingConfig config) {
        this.config = config;
    }

    /**
     * Whether an evaluation is due after a step.
     *
     * @param step the step, counted from 1
     * @param before the share of the budget that was used before it
     * @param now the share of the budget that is used after it
     */
    boolean evaluates(long step, double before, double now) {
        if (config.evaluateEvery() > 0) {
            return step % config.evaluateEvery() == 0;
        }
        Long steps = config.steps();
        int evaluations = config.evaluations();
        return steps != null
                ? Math.floor((double) step * evaluations / steps) > Math.floor((step - 1.0) * evaluations / steps)
                : Math.floor(now * evaluations) > Math.floor(before * evaluations);
    }

    /** Whether a checkpoint is due after a step. */
    boolean saves(long step) {
        if (config.saveEvery() > 0) {
            return step % config.saveEvery() == 0;
        }
        Duration interval = config.saveInterval();
        return !interval.isZero()
                && Duration.ofNanos(System.nanoTime() - lastSave).compareTo(interval) >= 0;
    }

    /** Begins the time to the next checkpoint: when the run begins, and when a checkpoint is complete. */
    void saved() {
        lastSave = System.nanoTime();
    }
}
