package io.github.cloze4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.cloze4j.pretrained.PretrainedFixture;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From a file with labels to answers, in two commands. */
class PredictTest {
    private static final List<String> TEXTS = List.of("the cat", "a \"red\" bird, the cat");

    @TempDir
    private static Path parent;

    private static Path model;

    @BeforeAll
    static void finetune() throws IOException {
        Path train = Files.writeString(
                parent.resolve("train.csv"),
                IntStream.range(0, 40)
                        .mapToObj(i -> i % 2 == 0 ? "the cat,animal" : "red red,colour")
                        .collect(Collectors.joining("\n", "text,label\n", "\n")));
        model = parent.resolve("model");
        CliRun run = CliRun.of(
                "finetune",
                "classification",
                "--kernels=nd4j",
                "--model=" + PretrainedFixture.DIRECTORY,
                "--train=" + train,
                "--output=" + model,
                "--seq-len=16",
                "--epochs=20",
                "--lr=3e-3");
        assertEquals(0, run.code(), run.err());
        assertTrue(run.out().contains("held out accuracy: 1.0000"), run.out());
    }

    private static String[] predict(String... more) {
        return Stream.concat(Stream.of("predict", "--kernels=nd4j", "--model=" + model), Stream.of(more))
                .toArray(String[]::new);
    }

    @Test
    void aTextIsALineWithTheMostProbableLabelFirst() {
        CliRun run = CliRun.of(predict("the cat", "red red"));
        assertEquals(0, run.code(), run.err());
        List<String[]> lines = run.out().lines().map(line -> line.split("\t")).toList();
        assertEquals(
                List.of("animal", "colour"), lines.stream().map(line -> line[0]).toList());
        assertTrue(Double.parseDouble(lines.get(0)[1]) > 0.5, run.out());
        assertEquals("the cat", lines.get(0)[2]);
    }

    @Test
    void textsThatLoseTokensAreCounted() throws IOException {
        String[] predict = predict("--seq-len=4", "the cat", "the cat the cat");
        assertEquals(1, CliRun.json(predict).get("cut").asInt());
        CliRun run = CliRun.of(predict);
        assertTrue(run.err().contains("warning: 1 of 2 records were too long"), run.err());
        CliRun windows = CliRun.of(predict("--seq-len=4", "--stride=0", "the cat the cat"));
        assertFalse(windows.err().contains("too long"), windows.err());
    }

    @Test
    void answersAreTheSameInAllFormats() throws IOException {
        Path input = parent.resolve("new.jsonl");
        ObjectMapper mapper = new ObjectMapper();
        StringBuilder lines = new StringBuilder();
        for (String text : TEXTS) {
            lines.append(mapper.writeValueAsString(java.util.Map.of("text", text)))
                    .append('\n');
        }
        Files.writeString(input, lines);
        JsonNode json = CliRun.json(predict("--input=" + input)).get("predictions");
        assertEquals(TEXTS.size(), json.size());
        Path csv = parent.resolve("answers.csv");
        assertEquals(
                0, CliRun.of(predict("--input=" + input, "--output=" + csv)).code());
        // What was written is what the same command reads.
        JsonNode again = CliRun.json(predict("--input=" + csv)).get("predictions");
        assertEquals(json, again);
        Path written = parent.resolve("answers.jsonl");
        assertEquals(
                0, CliRun.of(predict("--input=" + input, "--output=" + written)).code());
        List<String> answers = Files.readAllLines(written);
        for (int i = 0; i < TEXTS.size(); i++) {
            assertEquals(TEXTS.get(i), json.get(i).get("text").asText());
            assertEquals(json.get(i), mapper.readTree(answers.get(i)));
        }
        assertEquals("label,probability,text", Files.readAllLines(csv).get(0));
    }

    @Test
    void aModelIsScoredOnLabelledData() throws IOException {
        Path input = Files.writeString(
                parent.resolve("scored.csv"),
                "text,label\nthe cat,animal\nthe cat,animal\nred red,colour\nred,animal\n");
        JsonNode scores = CliRun.json("evaluate", "--kernels=nd4j", "--model=" + model, "--input=" + input);
        assertEquals(0.75, scores.at("/metrics/accuracy").asDouble());
        assertEquals(0.75, scores.at("/majority_baseline/accuracy").asDouble());
        assertTrue(scores.at("/intervals/accuracy/0").asDouble() < 0.75, scores.toString());
        Path single = Files.writeString(parent.resolve("single.csv"), "text,label\nthe cat,animal\n");
        JsonNode ofOne =
                CliRun.json("evaluate", "--kernels=nd4j", "--model=" + model, "--input=" + single, "--seq-len=16");
        assertTrue(ofOne.at("/metrics/roc_auc").isNull(), "a number that is not defined: " + ofOne);
        assertTrue(ofOne.at("/intervals/roc_auc/0").isNull(), ofOne.toString());
        Path unknown = Files.writeString(parent.resolve("unknown.csv"), "text,label\nthe cat,fish\n");
        CliRun run = CliRun.of("evaluate", "--model=" + model, "--input=" + unknown, "--seq-len=16");
        assertEquals(1, run.code());
        assertTrue(run.err().contains("unknown.csv, line 2: Expected one of the 2 labels of the model"), run.err());
        assertEquals(2, CliRun.of("evaluate", "--model=" + model).code());

        Path unnamed = Files.copy(input, parent.resolve("scored"));
        JsonNode named =
                CliRun.json("evaluate", "--kernels=nd4j", "--model=" + model, "--input=" + unnamed, "--format=csv");
        assertEquals(scores.get("metrics"), named.get("metrics"));
        CliRun other = CliRun.of("evaluate", "--model=" + model, "--input=" + input, "--format=parquet");
        assertEquals(2, other.code(), other.err());
        assertTrue(other.errorLines().get(0).contains("csv, tsv, tsv-unquoted, jsonl"), other.err());
    }

    /** A text that loses its end is counted, whichever file and command it is in. */
    @Test
    void textsThatAreCutAreCounted() throws IOException {
        Path input = Files.writeString(
                parent.resolve("long.csv"), "text,label\n" + "the cat ".repeat(20) + ",animal\nred red,colour\n");
        CliRun scored = CliRun.of("evaluate", "--kernels=nd4j", "--model=" + model, "--input=" + input);
        String cut = "1 of 2 texts are cut (--seq-len, --stride)";
        assertTrue(scored.out().contains("long.csv: " + cut), scored.out() + scored.err());
        JsonNode predicted = CliRun.json(predict("--input=" + input));
        assertEquals(1, predicted.get("cut").asInt());
        CliRun tuned = CliRun.of(
                "finetune",
                "classification",
                "--kernels=nd4j",
                "--model=" + PretrainedFixture.DIRECTORY,
                "--train=" + parent.resolve("train.csv"),
                "--test=" + input,
                "--output=" + parent.resolve("tested"),
                "--seq-len=16",
                "--epochs=0.1");
        assertTrue(tuned.out().contains("test: " + cut), tuned.out() + tuned.err());
    }

    @Test
    void theReportHasTheTablesOfClasses() throws IOException {
        String report = Files.readString(model.resolve("report.html"));
        for (String part : List.of(
                "<h2>Classes</h2>", "<h2>Confusion matrix</h2>", "<h2>Calibration: ", "<h2>Worst errors: ", "animal")) {
            assertTrue(report.contains(part), part);
        }
        String card = Files.readString(model.resolve("README.md"));
        assertTrue(card.contains("pipeline_tag: text-classification"), card);
        assertTrue(card.contains("new TextClassifier("), card);
    }

    @Test
    void aTextALineIsRead() throws IOException {
        Path input = Files.writeString(parent.resolve("new.txt"), "the cat\n\nred, \"red\"\n");
        JsonNode json = CliRun.json(predict("--input=" + input)).get("predictions");
        assertEquals(3, json.size());
        assertEquals("red, \"red\"", json.get(2).get("text").asText());
    }

    @Test
    void mistakesAreNamedAndNothingIsWritten() throws IOException {
        Path input = Files.writeString(parent.resolve("wrong.csv"), "sentence\nthe cat\n");
        Path output = Files.writeString(parent.resolve("before.csv"), "as before");
        CliRun column = CliRun.of(predict("--input=" + input, "--output=" + output));
        assertEquals(1, column.code());
        assertTrue(
                column.errorLines().get(0).contains("wrong.csv, line 1: Expected a column \"text\" in the header")
                        && column.errorLines()
                                .get(0)
                                .endsWith(" (--text-column, --label-column and the like name columns)"),
                column.err());
        assertEquals("as before", Files.readString(output));
        CliRun pretrained = CliRun.of("predict", "--model=" + PretrainedFixture.DIRECTORY, "the cat");
        assertTrue(pretrained.err().contains("Expected a fine-tuned model. Received: "), pretrained.err());
        assertEquals(2, CliRun.of(predict("the cat", "--text-pair-column=b")).code());
        assertEquals(2, CliRun.of(predict()).code());
    }
}
