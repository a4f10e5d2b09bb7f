package io.github.cloze4j.monitor;

import io.github.cloze4j.train.Evaluation;
import io.github.cloze4j.train.Score;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** Writes figures for people, the same in every report and in every locale. */
final class Figures {
    /** The key of the loss in {@link #of(Score)}. */
    static final String LOSS = "loss";

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

    /**
     * The figures of a score by what they are: {@code loss}, and {@code accuracy} and {@code perplexity} if the loss has them.
     */
    static Map<String, String> of(Score score) {
        Map<String, String> figures = new LinkedHashMap<>();
        figures.put(LOSS, loss(score.loss()));
        if (score.hasAccuracy()) {
            figures.put("accuracy", share(score.accuracy()));
            figures.put("perplexity", perplexity(score.perplexity()));
        }
        return figures;
    }

    /** The figures of an evaluation by name, such as {@code mlm loss}; the metrics of the task come last. */
    static Map<String, String> of(Evaluation evaluation) {
        Map<String, String> figures = new LinkedHashMap<>();
        evaluation.scores().forEach((loss, score) -> of(score)
                .forEach((figure, text) -> figures.put(loss + " " + figure, text)));
        evaluation.metrics().forEach((name, value) -> figures.put(name, metric(value)));
        return figures;
    }

    /** The names of all figures of some evaluations, which are the columns of their table. */
    static List<String> names(List<RunHistory.HeldOut> evaluations) {
        Set<String> names = new LinkedHashSet<>();
        evaluations.forEach(heldOut -> names.addAll(of(heldOut.evaluation()).keySet()));
        return List.copyOf(names);
    }

    static String metric(double value) {
        return String.format(Locale.ROOT, "%.4f", value);
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
