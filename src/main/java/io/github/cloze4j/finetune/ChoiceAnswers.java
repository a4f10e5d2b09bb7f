package io.github.cloze4j.finetune;

import io.github.cloze4j.finetune.metrics.MeanReciprocalRank;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Answers that are one of several choices each.
 *
 * @param gold {@code [answers]} the numbers of the right choices
 * @param scores {@code [answers][choices]} the model's scores before softmax; the choice with the highest one is its answer
 */
record ChoiceAnswers(int[] gold, double[][] scores) implements HeldOutAnswers {
    /** The names of the metrics: {@code mrr} is the mean reciprocal rank of the right choice. */
    static final List<String> METRICS = List.of("accuracy", "mrr");

    /** Answers without scores: the chosen one has a score of 1, all others have 0. */
    static ChoiceAnswers of(int[] gold, int[] chosen, int choices) {
        return new ChoiceAnswers(gold, ClassAnswers.of(gold, chosen, choices).scores());
    }

    @Override
    public int count() {
        return gold.length;
    }

    @Override
    public Map<String, Double> metrics(int[] which) {
        int[] ranks = new int[which.length];
        int right = 0;
        for (int i = 0; i < which.length; i++) {
            double[] scored = scores[which[i]];
            ranks[i] = MeanReciprocalRank.rank(scored, gold[which[i]]);
            right += ClassAnswers.highest(scored) == gold[which[i]] ? 1 : 0;
        }
        Map<String, Double> metrics = new LinkedHashMap<>();
        metrics.put("accuracy", (double) right / which.length);
        metrics.put("mrr", MeanReciprocalRank.of(ranks));
        return metrics;
    }

    /** Equal in all parts, arrays by their content. */
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof ChoiceAnswers that
                && Arrays.equals(gold, that.gold)
                && Arrays.deepEquals(scores, that.scores);
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(gold) + Arrays.deepHashCode(scores);
    }

    /** Short: arrays are not printed. */
    @Override
    public String toString() {
        return "ChoiceAnswers[" + gold.length + "]";
    }
}
