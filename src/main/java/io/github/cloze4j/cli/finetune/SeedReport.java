package io.github.cloze4j.cli.finetune;

import io.github.cloze4j.cli.Console;
import io.github.cloze4j.cli.ResultJson;
import io.github.cloze4j.files.AtomicFiles;
import io.github.cloze4j.train.MetricGoal;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The scores of runs that differ in their seed alone: the mean, the standard deviation and the best of each metric. */
final class SeedReport {
    /** The metrics of a run's result, and what people call their data. */
    private static final Map<String, String> DATA =
            new TreeMap<>(Map.of("metrics", "held out", "test_metrics", "test"));

    private final Map<String, MetricGoal> goals;
    private final Map<Long, Map<String, @Nullable Object>> runs = new LinkedHashMap<>();

    /** @param goals the direction in which each metric improves */
    SeedReport(Map<String, MetricGoal> goals) {
        this.goals = goals;
    }

    /**
     * A metric over all seeds.
     *
     * @param deviation the standard deviation of a sample, with n − 1
     */
    record Summary(double mean, double deviation, double best, long bestSeed) {
        /** @param values by seed, at least two */
        static Summary of(Map<Long, Double> values, MetricGoal goal) {
            double mean = values.values().stream()
                    .mapToDouble(Double::doubleValue)
                    .average()
                    .orElse(Double.NaN);
            double squares = values.values().stream()
                    .mapToDouble(value -> (value - mean) * (value - mean))
                    .sum();
            long bestSeed = values.keySet().iterator().next();
            for (Map.Entry<Long, Double> value : values.entrySet()) {
                if (goal.isBetter(value.getValue(), values.getOrDefault(bestSeed, Double.NaN), 0)) {
                    bestSeed = value.getKey();
                }
            }
            return new Summary(
                    mean,
                    Math.sqrt(squares / (values.size() - 1)),
                    values.getOrDefault(bestSeed, Double.NaN),
                    bestSeed);
        }

        Map<String, Object> fields() {
            Map<String, Object> fields = new LinkedHashMap<>();
            fields.put("mean", mean);
            fields.put("standard_deviation", deviation);
            fields.put("best", best);
            fields.put("best_seed", bestSeed);
            return fields;
        }
    }

    /** Adds the result of a run. */
    void add(long seed, Map<String, @Nullable Object> result) {
        runs.put(seed, result);
    }

    /** The result of all runs, which is said and written to a file. */
    Map<String, @Nullable Object> write(Path file, Console console) throws IOException {
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        fields.put("seeds", List.copyOf(runs.keySet()));
        DATA.forEach((name, data) -> {
            Map<String, Object> summaries = new LinkedHashMap<>();
            goals.forEach((metric, goal) -> {
                Map<Long, Double> values = values(name, metric);
                if (!values.isEmpty()) {
                    Summary summary = Summary.of(values, goal);
                    summaries.put(metric, summary.fields());
                    console.say(text(data, metric, summary));
                }
            });
            if (!summaries.isEmpty()) {
                fields.put(name, summaries);
            }
        });
        fields.put("runs", List.copyOf(runs.values()));
        AtomicFiles.write(file, ResultJson.MAPPER.writeValueAsBytes(fields));
        return fields;
    }

    private Map<Long, Double> values(String name, String metric) {
        Map<Long, Double> values = new LinkedHashMap<>();
        runs.forEach((seed, result) -> {
            if (result.get(name) instanceof Map<?, ?> metrics && metrics.get(metric) instanceof Double value) {
                values.put(seed, value);
            }
        });
        return values;
    }

    private String text(String data, String metric, Summary summary) {
        return String.format(
                Locale.ROOT,
                "%s %s of %d seeds: mean %.4f, standard deviation %.4f, best %.4f (seed %d)",
                data,
                metric.replace('_', ' '),
                runs.size(),
                summary.mean(),
                summary.deviation(),
                summary.best(),
                summary.bestSeed());
    }
}
