package io.github.cloze4j.cli.finetune;

import io.github.cloze4j.cli.Console;
import io.github.cloze4j.cli.Main;
import io.github.cloze4j.cli.ScoreFields;
import io.github.cloze4j.finetune.HeldOutAnswers;
import io.github.cloze4j.finetune.LabelledData;
import io.github.cloze4j.finetune.metrics.Bootstrap;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.monitor.HtmlReport;
import io.github.cloze4j.monitor.ModelCard;
import io.github.cloze4j.monitor.RunHistory;
import io.github.cloze4j.monitor.RunSummary;
import io.github.cloze4j.pretrained.huggingface.ModelDirectory;
import io.github.cloze4j.tokenizer.BertTokenizer;
import io.github.cloze4j.train.TrainingConfig;
import io.github.cloze4j.train.TrainingResult;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The end of a fine-tuning: scores beside those of a baseline, and the model directory with its card and report. */
record FinetuneReport(
        Path directory,
        Path from,
        TrainingConfig config,
        Map<String, String> task,
        TaskFiles files,
        RunHistory history,
        long seed) {
    private static final String REPORT = "report.html";

    Map<String, @Nullable Object> write(Bert model, BertTokenizer tokenizer, TrainingResult result, Console console) {
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        fields.put("steps", result.steps());
        fields.put("seconds", result.seconds());
        fields.put("train_loss", result.trainLoss());
        if (result.stopped()) {
            console.say("stopped before the run was complete; everything is saved: the same command with --resume"
                    + " goes on");
            return fields;
        }
        Map<String, String> scores = new LinkedHashMap<>();
        fields.putAll(ScoreFields.ofBest(result.best()));
        fields.put("metrics", score("held out", files.data(), model, scores, console));
        fields.put(
                "majority_baseline",
                files.data().validation().isEmpty()
                        ? Map.of()
                        : files.data().baseline().metrics());
        LabelledData test = files.test();
        if (test != null) {
            fields.put("test_metrics", score("test", test, model, scores, console));
            fields.put("test_majority_baseline", test.baseline().metrics());
        }
        RunSummary summary = new RunSummary(
                directory.toAbsolutePath().normalize().getFileName().toString(),
                config,
                task,
                result,
                history,
                describe(model),
                data(scores),
                Map.of("kernels", model.parameters().kernels().describe(), "cloze4j", Main.Version.current()),
                List.of());
        ModelDirectory.writeFineTuned(
                directory,
                model,
                files.data().head(),
                tokenizer,
                Map.of("README.md", ModelCard.render(summary), REPORT, HtmlReport.render(summary)));
        console.say("model: " + directory + "   report: " + directory.resolve(REPORT));
        return fields;
    }

    /** The metrics of held-out data, each beside its interval and the baseline's. */
    private Map<String, Double> score(
            String name, LabelledData data, Bert model, Map<String, String> scores, Console console) {
        if (data.validation().isEmpty()) {
            return Map.of();
        }
        HeldOutAnswers answers = data.answers(model, () -> false).orElseThrow();
        Map<String, Double> metrics = answers.metrics();
        Map<String, Double> baseline = data.baseline().metrics();
        Map<String, Bootstrap.Interval> intervals = answers.intervals(Bootstrap.RESAMPLES, seed);
        metrics.forEach((metric, value) -> {
            Bootstrap.Interval interval = intervals.get(metric);
            String line = String.format(
                    Locale.ROOT,
                    "%.4f (95 %% interval %.4f to %.4f; most frequent answer %.4f)",
                    value,
                    interval == null ? Double.NaN : interval.low(),
                    interval == null ? Double.NaN : interval.high(),
                    baseline.getOrDefault(metric, Double.NaN));
            scores.put(name + " " + metric, line);
            console.say(name + " " + metric.replace('_', ' ') + ": " + line);
        });
        return metrics;
    }

    private Map<String, String> describe(Bert model) {
        Map<String, String> shape = new LinkedHashMap<>();
        shape.put("fine-tuned from", from.toString());
        shape.put("layers", Integer.toString(model.config().numHiddenLayers()));
        shape.put("hidden size", Integer.toString(model.config().hiddenSize()));
        shape.put("vocabulary", Integer.toString(model.config().vocabSize()));
        shape.put("parameters", Long.toString(model.parameters().parameterCount()));
        return shape;
    }

    private Map<String, String> data(Map<String, String> scores) {
        Map<String, String> data = new LinkedHashMap<>();
        int number = 1;
        for (String note : files.notes()) {
            data.put("note " + number++, note);
        }
        data.putAll(scores);
        return data;
    }
}
