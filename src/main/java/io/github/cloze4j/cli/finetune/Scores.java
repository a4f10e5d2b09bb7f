package io.github.cloze4j.cli.finetune;

import io.github.cloze4j.cli.Console;
import io.github.cloze4j.finetune.Baseline;
import io.github.cloze4j.finetune.HeldOutAnswers;
import io.github.cloze4j.finetune.HeldOutBatches;
import io.github.cloze4j.finetune.LabelledData;
import io.github.cloze4j.finetune.metrics.Bootstrap;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.train.ResultTable;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What a model reaches on labelled data.
 *
 * @param name of the data, for people
 * @param loss the mean loss of the model's head
 * @param metrics the model's
 * @param baselineKind what the baseline answers
 * @param baseline the metrics of the baseline
 * @param intervals of the model's metrics, 95 %
 * @param remarks on the answers, for people
 * @param tables for the report
 */
record Scores(
        String name,
        double loss,
        Map<String, Double> metrics,
        Baseline baselineKind,
        Map<String, Double> baseline,
        Map<String, Bootstrap.Interval> intervals,
        List<String> remarks,
        List<ResultTable> tables) {
    /**
     * Asks the model.
     *
     * @param data whose held-out part is asked about; it must not be empty
     * @param padId the id of padding
     * @param seed of the bootstrap
     */
    static Scores of(String name, LabelledData data, Bert model, int padId, long seed) {
        HeldOutAnswers answers = data.answers(model, () -> false).orElseThrow();
        return new Scores(
                name,
                HeldOutBatches.loss(data, model, padId).loss(),
                answers.metrics(),
                data.baselineKind(),
                data.baseline().metrics(),
                answers.intervals(Bootstrap.RESAMPLES, seed),
                answers.remarks(),
                data.tables(answers));
    }

    /** The loss and the metrics for people: each metric beside its interval and the baseline's, by the name of the data and its own. */
    Map<String, String> texts() {
        Map<String, String> texts = new LinkedHashMap<>();
        texts.put(name + " loss", String.format(Locale.ROOT, "%.4f", loss));
        metrics.forEach((metric, value) -> {
            Bootstrap.Interval interval = intervals.get(metric);
            texts.put(
                    name + " " + metric.replace('_', ' '),
                    String.format(
                            Locale.ROOT,
                            "%.4f (95 %% interval %.4f to %.4f; %s %.4f)",
                            value,
                            interval == null ? Double.NaN : interval.low(),
                            interval == null ? Double.NaN : interval.high(),
                            baselineKind.text(),
                            baseline.getOrDefault(metric, Double.NaN)));
        });
        return texts;
    }

    /** Prints {@link #texts} and remarks, a line each. */
    void say(Console console) {
        texts().forEach((metric, text) -> console.say(metric + ": " + text));
        remarks.forEach(remark -> console.say(name + " " + remark));
    }

    /** The name of the baseline's metrics for programs. */
    String baselineField() {
        return baselineKind == Baseline.COPIED_SOURCE ? "copy_baseline" : "majority_baseline";
    }

    /** The intervals for programs: low and high limit by metric. */
    Map<String, List<Double>> limits() {
        Map<String, List<Double>> limits = new LinkedHashMap<>();
        intervals.forEach((metric, interval) -> limits.put(metric, List.of(interval.low(), interval.high())));
        return limits;
    }
}
