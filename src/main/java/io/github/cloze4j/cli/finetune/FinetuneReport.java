package io.github.cloze4j.cli.finetune;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.github.cloze4j.cli.AdapterOptions;
import io.github.cloze4j.cli.Console;
import io.github.cloze4j.cli.Main;
import io.github.cloze4j.cli.ScoreFields;
import io.github.cloze4j.files.AtomicFiles;
import io.github.cloze4j.files.StrictJson;
import io.github.cloze4j.finetune.LabelledData;
import io.github.cloze4j.finetune.SequenceToSequenceData;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.monitor.HtmlReport;
import io.github.cloze4j.monitor.ModelCard;
import io.github.cloze4j.monitor.RunHistory;
import io.github.cloze4j.monitor.RunSummary;
import io.github.cloze4j.tokenizer.BertTokenizer;
import io.github.cloze4j.train.TrainingConfig;
import io.github.cloze4j.train.TrainingResult;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The end of a fine-tuning: scores beside those of a baseline, and the model directory with its card and report. */
record FinetuneReport(
        Path directory,
        Path from,
        TrainingConfig config,
        Map<String, String> task,
        TaskFiles files,
        RunHistory history,
        long seed,
        AdapterOptions adapter) {
    private static final String REPORT = "report.html";
    private static final String TEST = "test";

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
        fields.putAll(ScoreFields.ofBest(result.best()));
        fields.put("metrics", Map.of());
        List<Scores> scores = scores(model, tokenizer.vocabulary().padId());
        for (Scores own : scores) {
            own.say(console);
            String prefix = own.name().equals(TEST) ? TEST + "_" : "";
            fields.put(prefix + "loss", own.loss());
            fields.put(prefix + "metrics", own.metrics());
            fields.put(prefix + "intervals", own.limits());
            fields.put(prefix + own.baselineField(), own.baseline());
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
                List.of(),
                scores.stream().flatMap(own -> own.tables().stream()).toList(),
                adapter.use(TaskUse.of(files.data().head().kind())));
        keepLength();
        adapter.write(
                directory,
                model,
                Optional.of(files.data().head()),
                tokenizer,
                from,
                Map.of("README.md", ModelCard.render(summary), REPORT, HtmlReport.render(summary)));
        console.say("model: " + directory + "   report: " + directory.resolve(REPORT));
        return fields;
    }

    /** A model that rewrites brings along how long its texts may be, unless a file of the user's says so. */
    private void keepLength() {
        Path file = directory.resolve("generation_config.json");
        if (files.data() instanceof SequenceToSequenceData pairs && !Files.exists(file)) {
            // The final [SEP] is a token too. The directory of a model keeps what the file has.
            String most = StrictJson.toText(
                    JsonNodeFactory.instance.objectNode().put("max_new_tokens", pairs.targetTokens() + 1));
            AtomicFiles.write(file, most.getBytes(StandardCharsets.UTF_8));
        }
    }

    private List<Scores> scores(Bert model, int padId) {
        List<Scores> scores = new ArrayList<>();
        if (!files.data().validation().isEmpty()) {
            scores.add(Scores.of("held out", files.data(), model, padId, seed));
        }
        LabelledData test = files.test();
        if (test != null) {
            scores.add(Scores.of(TEST, test, model, padId, seed));
        }
        return scores;
    }

    private Map<String, String> describe(Bert model) {
        Map<String, String> shape = new LinkedHashMap<>();
        // Its name only: a model card is read elsewhere.
        shape.put(
                "fine-tuned from",
                from.toAbsolutePath().normalize().getFileName().toString());
        shape.putAll(adapter.describe());
        shape.put("layers", Integer.toString(model.config().numHiddenLayers()));
        shape.put("hidden size", Integer.toString(model.config().hiddenSize()));
        shape.put("vocabulary", Integer.toString(model.config().vocabSize()));
        shape.put("parameters", Long.toString(model.parameters().parameterCount()));
        return shape;
    }

    private Map<String, String> data(List<Scores> scores) {
        Map<String, String> data = new LinkedHashMap<>();
        for (String note : files.notes()) {
            int colon = note.indexOf(": ");
            data.merge(
                    colon < 0 ? "note" : note.substring(0, colon),
                    colon < 0 ? note : note.substring(colon + 2),
                    (before, more) -> before + "; " + more);
        }
        scores.forEach(own -> data.putAll(own.texts()));
        return data;
    }
}
