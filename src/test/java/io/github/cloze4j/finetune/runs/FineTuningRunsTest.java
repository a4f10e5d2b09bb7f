package io.github.cloze4j.finetune.runs;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.cloze4j.pretrained.onnx.PublishedEncoder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The real runs of docs/finetuning.md, by the commands that stand there. Bounds leave room for other processors. */
@Tag("real-runs")
class FineTuningRunsTest {
    private static JsonNode run(String name, String task, Path model, DataSet data, String... options)
            throws IOException, InterruptedException {
        List<String> all = new ArrayList<>(data.options());
        all.addAll(List.of(options));
        return CommandRun.finetune(name, task, model, all);
    }

    private static void assertAtLeast(double bound, JsonNode result, String metric) {
        double value = result.at("/test_metrics/" + metric).asDouble(Double.NaN);
        double baseline = result.at("/test_majority_baseline/" + metric).asDouble(Double.NaN);
        assertTrue(value >= bound, metric + " is " + value + ", below " + bound);
        assertTrue(baseline < bound, "the most frequent answer has " + baseline + ", not below " + bound);
    }

    @Test
    void glossesHaveClasses() throws IOException, InterruptedException {
        Path mini = RunDirectory.mini();
        JsonNode result = run("gloss", "classification", mini, DataSet.GLOSS, "--lr", "5e-4", "--seq-len", "64");
        assertAtLeast(0.75, result, "accuracy");
    }

    @Test
    void wordsHavePartsOfSpeech() throws IOException, InterruptedException {
        Path mini = RunDirectory.mini();
        JsonNode result = run("part-of-speech", "tagging", mini, DataSet.PART_OF_SPEECH, "--lr", "5e-4");
        assertAtLeast(0.92, result, "accuracy");
    }

    @Test
    void lemmasHaveSupersenses() throws IOException, InterruptedException {
        Path mini = RunDirectory.mini();
        JsonNode result = run("supersense", "tagging", mini, DataSet.SUPERSENSE, "--lr", "5e-4");
        assertAtLeast(0.4, result, "entity_f1_lenient");
    }

    @Test
    void definitionsAskForWordsOfExamples() throws IOException, InterruptedException {
        Path mini = RunDirectory.mini();
        String task = "question-answering";
        JsonNode result = run("questions", task, mini, DataSet.QUESTIONS, "--lr", "5e-4", "--seq-len", "256");
        assertAtLeast(0.12, result, "f1");
    }

    @Test
    void someDefinitionsHaveNoAnswer() throws IOException, InterruptedException {
        Path mini = RunDirectory.mini();
        String task = "question-answering";
        DataSet data = DataSet.UNANSWERABLE_QUESTIONS;
        JsonNode result = run("unanswerable", task, mini, data, "--lr", "5e-4", "--seq-len", "256");
        assertAtLeast(0.03, result, "has_answer_f1");
    }

    @Test
    void markedWordsHaveARelation() throws IOException, InterruptedException {
        Path mini = RunDirectory.mini();
        JsonNode result = run("relations", "relations", mini, DataSet.RELATIONS, "--lr", "5e-4", "--epochs", "2");
        assertAtLeast(0.8, result, "accuracy");
    }

    @Test
    void chineseSentencesAreAcceptableOrNot() throws IOException, InterruptedException {
        Path model = RunDirectory.published(PublishedEncoder.BGE_SMALL_ZH_V15);
        String[] options = {"--lr", "5e-5", "--seq-len", "64", "--epochs", "2"};
        assertAtLeast(0.58, run("chinese", "classification", model, DataSet.CHINESE, options), "accuracy");
    }

    @Test
    void longMailsAreSpamOrNot() throws IOException, InterruptedException {
        String[] options = {"--lr", "5e-4", "--seq-len", "256", "--stride", "32", "--epochs", "2"};
        JsonNode result = run("spam", "classification", RunDirectory.mini(), DataSet.SPAM, options);
        assertAtLeast(0.95, result, "accuracy");
    }

    @Test
    void mailsThatLoseTheirEndAreSpamOrNot() throws IOException, InterruptedException {
        String[] options = {"--lr", "5e-4", "--seq-len", "256", "--epochs", "2"};
        assertAtLeast(0.93, run("spam-cut", "classification", RunDirectory.mini(), DataSet.SPAM, options), "accuracy");
    }
}
