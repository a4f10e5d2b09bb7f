package io.github.cloze4j.train;

import io.github.cloze4j.kernel.LossSum;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Adds up the losses of micro-batches, each by its name. Not thread-safe. */
final class Scores {
    private final List<String> names;
    private final LossSum[] sums;
    private final long[] counts;

    Scores(List<String> names) {
        this.names = names;
        sums = new LossSum[names.size()];
        counts = new long[names.size()];
        Arrays.fill(sums, LossSum.ZERO);
    }

    void add(List<LossSum> losses, int[] targets) {
        requireOneForEach(names, "a loss", losses.size());
        requireOneForEach(names, "a number of targets", targets.length);
        for (int i = 0; i < sums.length; i++) {
            sums[i] = sums[i].plus(losses.get(i));
            counts[i] += targets[i];
        }
    }

    /** The factor for each loss that makes the mean over a step's targets out of its sum. */
    static double[] scales(List<String> names, List<MicroBatch> microBatches) {
        long[] counts = new long[names.size()];
        for (MicroBatch microBatch : microBatches) {
            int[] own = microBatch.counts();
            requireOneForEach(names, "a number of targets", own.length);
            for (int i = 0; i < counts.length; i++) {
                counts[i] += own[i];
            }
        }
        return Arrays.stream(counts)
                .mapToDouble(count -> 1.0 / Math.max(1, count))
                .toArray();
    }

    private static void requireOneForEach(List<String> names, String what, int received) {
        if (received != names.size()) {
            throw new IllegalArgumentException(
                    "Expected " + what + " of a micro-batch for each of the task's losses " + names + ". Received: "
                            + received + ". Let MicroBatch return as many as TrainingTask.losses() has names");
        }
    }

    /** The scores of all losses that have targets, in the order of the names. */
    Map<String, Score> byName() {
        Map<String, Score> scores = new LinkedHashMap<>();
        for (int i = 0; i < sums.length; i++) {
            if (counts[i] > 0) {
                scores.put(names.get(i), Score.of(sums[i], counts[i]));
            }
        }
        return scores;
    }

    /** The sum of the mean losses, which is what training makes small. */
    static double loss(Map<String, Score> scores) {
        return scores.values().stream().mapToDouble(Score::loss).sum();
    }

    /** A copy that keeps the order and cannot be changed. */
    static Map<String, Score> copy(Map<String, Score> scores) {
        return Collections.unmodifiableMap(new LinkedHashMap<>(scores));
    }
}
