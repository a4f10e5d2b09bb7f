package io.github.cloze4j.train;

import java.time.Duration;
import java.util.Locale;
import java.util.Objects;

/** The budget of a run, in steps, epochs or training time, and the learning-rate schedule that follows it. */
final class Budget {
    private static final double NANOS = 1e9;

    private final TrainingConfig config;
    private final String description;

    Budget(TrainingConfig config) {
        this.config = config;
        description = String.format(
                Locale.ROOT,
                "%s over %s, peak %s, warm-up %s",
                config.schedule().name().toLowerCase(Locale.ROOT).replace('_', '-'),
                limit(config),
                config.learningRate(),
                config.warmup());
    }

    private static String limit(TrainingConfig config) {
        if (config.steps() != null) {
            return config.steps() + " steps";
        }
        return config.epochs() != null ? config.epochs() + " epochs" : config.timeLimit() + " of training time";
    }

    /**
     * The share of the budget that is used, in [0, 1].
     *
     * @param step the optimizer steps done
     * @param epochs how often the data was read so far
     * @param clock the training time so far
     */
    double used(long step, double epochs, TrainingClock clock) {
        double used;
        if (config.steps() != null) {
            used = (double) step / config.steps();
        } else if (config.epochs() != null) {
            used = epochs / config.epochs();
        } else {
            used = clock.seconds() / seconds(Objects.requireNonNull(config.timeLimit()));
        }
        return Math.min(1, used);
    }

    /** The seconds of a time limit. Does not overflow, however many years the limit has. */
    static double seconds(Duration limit) {
        return limit.getSeconds() + limit.getNano() / NANOS;
    }

    /** The budget and the schedule, as checkpoints and messages name them. */
    String describe() {
        return description;
    }
}
