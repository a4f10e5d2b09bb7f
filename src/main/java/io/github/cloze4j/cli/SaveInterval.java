package io.github.cloze4j.cli;

import io.github.cloze4j.train.TrainingConfig;
import java.time.Duration;
import java.util.regex.Pattern;
import picocli.CommandLine.TypeConversionException;

/**
 * How often a run is saved.
 *
 * @param steps between checkpoints; 0 where the time counts
 * @param time between checkpoints; zero where the steps count, and where only the end is saved
 */
record SaveInterval(long steps, Duration time) {
    private static final Pattern NUMBER = Pattern.compile("[0-9]{1,18}");

    private static final long MINUTE_MILLIS = 60_000;

    /** {@code 500} steps, {@code 5m}, or {@code 0} for the end only. */
    static SaveInterval parse(String text) {
        if (NUMBER.matcher(text).matches()) {
            return new SaveInterval(Long.parseLong(text), Duration.ZERO);
        }
        try {
            return new SaveInterval(0, OptionValues.duration(text));
        } catch (TypeConversionException neither) {
            throw new TypeConversionException(
                    "expected a number of steps, or a time such as 90s, 5m or 1.5h. Received: '" + text + "'");
        }
    }

    /** As the command line takes it. */
    String text() {
        if (time.isZero()) {
            return Long.toString(steps);
        }
        return time.toMillis() % MINUTE_MILLIS == 0 ? time.toMinutes() + "m" : OptionValues.text(time);
    }

    TrainingConfig.Builder apply(TrainingConfig.Builder builder) {
        return time.isZero() ? builder.saveEvery(steps) : builder.saveEvery(time);
    }
}
