package io.github.cloze4j.monitor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.cloze4j.Cloze4jException;
import io.github.cloze4j.train.Evaluation;
import io.github.cloze4j.train.Score;
import io.github.cloze4j.train.StepReport;
import io.github.cloze4j.train.TrainingConfig;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JsonLinesLogTest {
    private static final Clock CLOCK = Clock.fixed(Instant.parse("2026-01-02T03:04:05Z"), ZoneOffset.UTC);

    @TempDir
    Path directory;

    private Path path;

    @BeforeEach
    void choose() {
        path = directory.resolve("logs").resolve("run.jsonl");
    }

    private JsonLinesLog log() {
        return new JsonLinesLog(path, CLOCK);
    }

    private List<JsonNode> read() throws IOException {
        List<JsonNode> objects = new ArrayList<>();
        for (String line : Files.readAllLines(path)) {
            objects.add(new ObjectMapper().readTree(line));
        }
        return objects;
    }

    @Test
    void aLogThatIsDeletedRenamedOrTruncatedUnderARunEndsIt() throws IOException {
        StepReport step = new StepReport(1, 0.1, Runs.mlm(1), 1, 2, 3, 4, 5);
        try (JsonLinesLog log = log()) {
            log.onStart(Runs.timeBudget(Duration.ofMinutes(5)), Runs.TASK, 1);
            Path moved = Files.move(path.getParent(), directory.resolve("moved"));
            String message =
                    assertThrows(Cloze4jException.class, () -> log.onStep(step)).getMessage();
            assertTrue(message.contains(path.toString()) && message.contains("deleted, renamed"), message);
            Files.move(moved, path.getParent());
            log.onStep(step);
            Files.writeString(path, "");
            assertThrows(Cloze4jException.class, () -> log.onStep(step));
        }
    }

    @Test
    void everyEventIsALineWithItsValues() throws IOException {
        try (JsonLinesLog log = log()) {
            log.onStart(Runs.timeBudget(Duration.ofMinutes(5)), Runs.TASK, 1);
            log.onStep(new StepReport(1, 0.1, Runs.mlm(0.1 + 0.2), 1e-300, 2, Long.MAX_VALUE, 4, 5));
            log.onEvaluation(1, Runs.evaluation(2, 0.25, 1000));
            log.onCheckpoint(1, Path.of("checkpoints", "stép-1"));
            log.onEnd(Runs.result(1, Runs.evaluation(3, 0.5, 7)));
        }
        List<JsonNode> lines = read();
        assertEquals(
                List.of("start", "step", "evaluation", "checkpoint", "end"),
                lines.stream().map(line -> line.get("event").asText()).toList());
        assertEquals("2026-01-02T03:04:05Z", lines.get(0).get("time").asText());
        JsonNode config = lines.get(0).get("config");
        assertEquals("PT5M", config.get("time_limit").asText());
        assertEquals("warmup-stable-decay", config.get("schedule").asText());
        assertEquals(
                TrainingConfig.builder().build().epsilon(),
                config.get("epsilon").asDouble());
        assertEquals("whole-word", config.get("masking").asText());
        assertEquals(
                TrainingConfig.class.getRecordComponents().length - 3 + Runs.TASK.size(),
                config.size(),
                "all but the two null budgets and the selection, which is null");
        assertEquals(0.1 + 0.2, lines.get(1).get("loss").asDouble());
        assertEquals(1e-300, lines.get(1).get("learning_rate").asDouble());
        assertEquals(Long.MAX_VALUE, lines.get(1).get("tokens").asLong());
        assertEquals(Math.exp(2), lines.get(2).get("mlm_perplexity").asDouble());
        assertEquals(
                Path.of("checkpoints", "stép-1").toString(),
                lines.get(3).get("path").asText());
        assertEquals(3, lines.get(4).get("mlm_loss").asDouble());
        assertTrue(Files.readString(path, StandardCharsets.US_ASCII).chars().allMatch(c -> c < 128));
    }

    @Test
    void scoresOfPairsAreFieldsWhereThereArePairs() throws IOException {
        Map<String, Score> scores = Runs.withPairs(new Score(2, 0.25, 1000), new Score(0.5, 0.75, 8));
        try (JsonLinesLog log = log()) {
            log.onStart(TrainingConfig.builder().build(), Runs.TASK, 1);
            log.onStep(new StepReport(1, 0.1, scores, 1e-3, 2, 100, 4, 5));
            log.onEvaluation(1, new Evaluation(scores));
            log.onEvaluation(2, Runs.evaluation(2, 0.25, 1000));
        }
        for (JsonNode line : read().subList(1, 3)) {
            assertEquals(2.5, line.get("loss").asDouble(), "the sum of the mean losses");
            assertEquals(2, line.get("mlm_loss").asDouble());
            assertEquals(0.25, line.get("mlm_accuracy").asDouble());
            assertEquals(Math.exp(2), line.get("mlm_perplexity").asDouble());
            assertEquals(1000, line.get("mlm_count").asLong());
            assertEquals(0.5, line.get("nsp_loss").asDouble());
            assertEquals(0.75, line.get("nsp_accuracy").asDouble());
            assertEquals(Math.exp(0.5), line.get("nsp_perplexity").asDouble());
            assertEquals(8, line.get("nsp_count").asLong());
        }
        read().get(3).fieldNames().forEachRemaining(field -> assertFalse(field.startsWith("nsp"), field));
        List<RunHistory.HeldOut> evaluations = RunHistory.ofLog(path).evaluations();
        assertEquals(
                List.copyOf(scores.entrySet()),
                List.copyOf(evaluations.get(0).evaluation().scores().entrySet()));
        assertEquals(Optional.empty(), evaluations.get(1).evaluation().score("nsp"));
        assertEquals(2.5, RunHistory.ofLog(path).points().get(0).loss());
    }

    @Test
    void metricsAreFieldsOfTheirNamesAndALossWithoutAnswersHasNoAccuracy() throws IOException {
        Evaluation evaluation = Runs.measured();
        try (JsonLinesLog log = log()) {
            log.onStart(TrainingConfig.builder().build(), Runs.TASK, 1);
            log.onStep(new StepReport(1, 0.1, evaluation.scores(), 1e-3, 2, 100, 4, 5));
            log.onEvaluation(1, evaluation);
            log.onEnd(Runs.result(1, evaluation));
        }
        for (JsonNode line : read().subList(1, 4)) {
            assertEquals(0.25, line.get("mse_loss").asDouble());
            assertEquals(40, line.get("mse_count").asLong());
            assertFalse(line.has("mse_accuracy") || line.has("mse_perplexity"), line.toString());
        }
        for (JsonNode line : read().subList(2, 4)) {
            assertEquals(0.875, line.get("pearson").asDouble());
            assertEquals(-0.5, line.get("label_count").asDouble());
        }
        assertFalse(read().get(1).has("pearson"));
        Evaluation back = RunHistory.ofLog(path).evaluations().get(0).evaluation();
        assertEquals(evaluation, back);
        assertEquals(
                List.of("pearson", "label_count"), List.copyOf(back.metrics().keySet()));
    }

    @ParameterizedTest
    @ValueSource(doubles = {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY})
    void numbersThatJsonCannotHoldAreNull(double value) throws IOException {
        try (JsonLinesLog log = log()) {
            log.onStart(TrainingConfig.builder().build(), Runs.TASK, 1);
            log.onStep(
                    new StepReport(1, value, Map.of("mlm", new Score(value, 0.5, 1)), value, value, 1, value, value));
            log.onEvaluation(1, new Evaluation(Runs.mlm(value), Map.of("macro_f1", value)));
        }
        JsonNode step = read().get(1);
        for (String field :
                List.of("progress", "loss", "learning_rate", "gradient_norm", "tokens_per_second", "mlm_loss")) {
            assertTrue(step.get(field).isNull(), field);
        }
        assertTrue(read().get(2).get("mlm_loss").isNull());
        assertTrue(read().get(2).get("loss").isNull());
        assertTrue(read().get(2).get("macro_f1").isNull());
        Map<String, Double> metrics =
                RunHistory.ofLog(path).evaluations().get(0).evaluation().metrics();
        assertEquals(Map.of("macro_f1", Double.NaN), metrics);
    }

    @ParameterizedTest
    @CsvSource({
        "16, 16",
        "-9223372036854775808, -9223372036854775808",
        "0.15, 0.15",
        "1.0E-4, 1.0E-4",
        "true, '\"true\"'",
        "NaN, '\"NaN\"'",
        "007, '\"007\"'",
        "3.10, '\"3.10\"'",
        "12345678901234567890, '\"12345678901234567890\"'",
        "whole-word, '\"whole-word\"'"
    })
    void settingsOfTheTaskThatAreNumbersAreNumbers(String setting, String json) throws IOException {
        try (JsonLinesLog log = log()) {
            log.onStart(TrainingConfig.builder().build(), Map.of("batch_size", setting), 1);
        }
        String start = Files.readString(path);
        assertTrue(start.contains("\"batch_size\":" + json + "}"), start);
    }

    @Test
    void eachLineIsInTheFileWhenItsEventReturns() throws IOException {
        try (JsonLinesLog log = log()) {
            log.onStart(TrainingConfig.builder().build(), Runs.TASK, 1);
            for (int step = 1; step <= 10; step++) {
                log.onStep(Runs.step(step, 10, 1));
                assertEquals(step + 1, read().size());
            }
        }
    }

    @Test
    void aLogCutOffAtAnyByteIsContinuedWithoutABrokenLine() throws IOException {
        try (JsonLinesLog log = log()) {
            log.onStart(TrainingConfig.builder().build(), Runs.TASK, 1);
            log.onStep(Runs.step(1, 10, 1));
        }
        byte[] whole = Files.readAllBytes(path);
        int firstLine = new String(whole, StandardCharsets.US_ASCII).indexOf('\n') + 1;
        for (int length = 0; length <= whole.length; length++) {
            Files.write(path, Arrays.copyOf(whole, length));
            try (JsonLinesLog log = log()) {
                log.onStart(TrainingConfig.builder().build(), Runs.TASK, 2);
            }
            List<JsonNode> lines = read();
            // A line that lacks no more than its line feed is whole.
            int kept = (length >= firstLine - 1 ? 1 : 0) + (length >= whole.length - 1 ? 1 : 0);
            assertEquals(kept + 1, lines.size(), "cut at " + length);
            assertEquals(2, lines.get(kept).get("first_step").asInt(), "cut at " + length);
        }
    }

    @Test
    void zerosThatALossOfPowerLeftAreRemoved() throws IOException {
        Files.createDirectories(path.getParent());
        Files.writeString(path, "{\"event\":\"step\"}\n{\"event\":\0\0\0");
        try (JsonLinesLog log = log()) {
            log.onStart(TrainingConfig.builder().build(), Runs.TASK, 1);
        }
        assertEquals(2, read().size());
    }

    @ParameterizedTest
    @ValueSource(strings = {"notes of mine", "{\"event\":\"step\"}\nnotes of mine", "{\"mine\": 1"})
    void aForeignFileIsRefusedAndStaysAsItWas(String content) throws IOException {
        Files.createDirectories(path.getParent());
        Files.writeString(path, content);
        byte[] before = Files.readAllBytes(path);
        try (JsonLinesLog log = log()) {
            assertThrows(
                    Cloze4jException.class,
                    () -> log.onStart(TrainingConfig.builder().build(), Runs.TASK, 1));
        }
        assertArrayEquals(before, Files.readAllBytes(path));
    }

    @Test
    void anEventOutsideARunIsRefused() {
        try (JsonLinesLog log = log()) {
            assertThrows(IllegalStateException.class, () -> log.onStep(Runs.step(1, 10, 1)));
        }
    }
}
