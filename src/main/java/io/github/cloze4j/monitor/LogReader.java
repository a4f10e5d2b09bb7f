package io.github.cloze4j.monitor;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.cloze4j.Cloze4jException;
import io.github.cloze4j.files.BoundedFiles;
import io.github.cloze4j.files.FileProblem;
import io.github.cloze4j.files.StrictJson;
import io.github.cloze4j.train.Evaluation;
import io.github.cloze4j.train.Score;
import io.github.cloze4j.train.StepReport;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Reads the curves of a run back from what {@link JsonLinesLog} wrote. */
final class LogReader {
    /** The ends of the names of a score's fields, after the name of the loss. */
    static final String LOSS = "_loss";

    static final String ACCURACY = "_accuracy";
    static final String PERPLEXITY = "_perplexity";
    static final String COUNT = "_count";

    private static final Set<String> OF_EVERY_EVALUATION = Set.of(LastLine.FIRST_FIELD, "time", "step", "loss");

    private LogReader() {}

    /**
     * Tells a history what a log holds, in its order. A last line that a crash cut off is left out.
     *
     * @throws Cloze4jException if another line is not of a log of ours, or the file cannot be read
     */
    static void read(Path path, RunHistory history) {
        try (BufferedReader lines = Files.newBufferedReader(path, StandardCharsets.UTF_8)) {
            String line = lines.readLine();
            for (long number = 1; line != null; number++) {
                String next = lines.readLine();
                try {
                    tell(StrictJson.parseTree(line), history);
                } catch (IOException e) {
                    if (next != null) {
                        throw foreign(path, number, e);
                    }
                }
                line = next;
            }
        } catch (IOException e) {
            throw new Cloze4jException(
                    path + ": Expected to read the log. Received: "
                            + FileProblem.of(e).sentences(),
                    e);
        }
    }

    private static void tell(JsonNode event, RunHistory history) throws IOException {
        switch (event.path(LastLine.FIRST_FIELD).asText()) {
            case "start" -> history.takeBack(event.path("first_step").asLong());
            case "step" ->
                history.onStep(new StepReport(
                        event.path("step").asLong(),
                        number(event, "progress"),
                        scores(event),
                        number(event, "learning_rate"),
                        number(event, "gradient_norm"),
                        event.path("tokens").asLong(),
                        number(event, "elapsed_seconds"),
                        number(event, "tokens_per_second")));
            case "evaluation" -> history.onEvaluation(event.path("step").asLong(), evaluation(event));
            case "checkpoint", "end" -> {
                // Nothing of the curves.
            }
            default -> throw new IOException("an object without a known event");
        }
    }

    /** The fields of an evaluation that no score has are the metrics of the task. */
    private static Evaluation evaluation(JsonNode event) {
        Map<String, Score> scores = scores(event);
        Set<String> others = new HashSet<>(OF_EVERY_EVALUATION);
        scores.keySet().forEach(loss -> List.of(LOSS, ACCURACY, PERPLEXITY, COUNT)
                .forEach(figure -> others.add(loss + figure)));
        Map<String, Double> metrics = new LinkedHashMap<>();
        event.fieldNames().forEachRemaining(field -> {
            if (!others.contains(field)) {
                metrics.put(field, number(event, field));
            }
        });
        return new Evaluation(scores, metrics);
    }

    private static Map<String, Score> scores(JsonNode event) {
        Map<String, Score> scores = new LinkedHashMap<>();
        event.fieldNames().forEachRemaining(field -> {
            String name = field.endsWith(COUNT) ? field.substring(0, field.length() - COUNT.length()) : "";
            if (event.has(name + LOSS)) {
                scores.put(
                        name,
                        new Score(
                                number(event, name + LOSS),
                                number(event, name + ACCURACY),
                                event.path(field).asLong()));
            }
        });
        return scores;
    }

    /** A number of an event; NaN for null, which stands for a number that JSON cannot hold. */
    private static double number(JsonNode event, String field) {
        return event.path(field).asDouble(Double.NaN);
    }

    private static Cloze4jException foreign(Path path, long number, IOException cause) {
        return new Cloze4jException(
                path + ", line " + number + ": Expected an event of a log of JSON lines. Received: "
                        + BoundedFiles.describe(cause) + ". Remove that line or move the log away",
                cause);
    }
}
