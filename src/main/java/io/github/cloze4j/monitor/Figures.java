package io.github.cloze4j.monitor;

import java.time.Duration;
import java.util.Collection;
import java.util.Locale;

/** Writes figures for people, the same in every report and in every locale. */
final class Figures {
    private static final double PERCENT = 100;
    private static final double LARGE = 1e6;
    private static final int SECONDS_OF_MINUTE = 60;
    /** Beyond it a remaining time says nothing, and a long of nanoseconds could overflow. */
    private static final double LONGEST_SECONDS = 3.15e9;

    private Figures() {}

    static String loss(double nats) {
        return String.format(Locale.ROOT, "%.3f", nats);
    }

    /** The losses that a loss is the sum of, such as {@code (mlm + nsp)} with a space before it; nothing for one loss. */
    static String summands(Collection<String> losses) {
        return losses.size() < 2 ? "" : " (" + String.join(" + ", losses) + ")";
    }

    static String share(double share) {
        return String.format(Locale.ROOT, "%.1f %%", share * PERCENT);
    }

    static String perplexity(double perplexity) {
        return String.format(Locale.ROOT, perplexity < LARGE ? "%,.1f" : "%.2e", perplexity);
    }

    static String learningRate(double rate) {
        return String.format(Locale.ROOT, "%.2e", rate);
    }

    static String count(long count) {
        return String.format(Locale.ROOT, "%,d", count);
    }

    static String rate(double perSecond) {
        return String.format(Locale.ROOT, "%,.0f", perSecond);
    }

    /** {@code 7:05} or {@code 1:07:05}; {@code ?} where it is unknown or beyond a century. */
    static String duration(double seconds) {
        if (!(seconds >= 0 && seconds < LONGEST_SECONDS)) {
            return "?";
        }
        Duration duration = Duration.ofSeconds(Math.round(seconds));
        long hours = duration.toHours();
        int minutes = duration.toMinutesPart();
        int rest = (int) (duration.toSeconds() % SECONDS_OF_MINUTE);
        return hours > 0
                ? String.format(Locale.ROOT, "%d:%02d:%02d", hours, minutes, rest)
                : String.format(Locale.ROOT, "%d:%02d", minutes, rest);
    }
}
