package io.github.cloze4j.finetune;

import io.github.cloze4j.finetune.metrics.Bootstrap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * A model's answers to held-out data beside the right ones: what metrics are computed from. The answers of a baseline are of the
 * same kind.
 */
public interface HeldOutAnswers {
    /** The number of texts, sentences or questions: what a bootstrap draws from. */
    int count();

    /**
     * The metrics of some of them, by name.
     *
     * @param which numbers below {@link #count}; one may be there several times
     */
    Map<String, Double> metrics(int[] which);

    /** The metrics of all. */
    default Map<String, Double> metrics() {
        return metrics(IntStream.range(0, count()).toArray());
    }

    /**
     * The 95 % interval of each metric, by percentiles of a bootstrap (Efron and Tibshirani, 1993).
     *
     * @param resamples such as {@link Bootstrap#RESAMPLES}
     * @param seed of the draws
     */
    default Map<String, Bootstrap.Interval> intervals(int resamples, long seed) {
        return Bootstrap.intervals(count(), this::metrics, resamples, seed);
    }

    /** Remarks on the answers for people, a line each, such as a threshold that would be better; mostly none. */
    default List<String> remarks() {
        return List.of();
    }
}
