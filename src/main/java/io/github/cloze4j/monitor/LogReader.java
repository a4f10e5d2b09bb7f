package io.github.cloze4j.monitor;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.cloze4j.Cloze4jException;
import io.github.cloze4j.train.Evaluation;
import io.github.cloze4j.train.StepReport;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Reads the curves of a run back from what {@link JsonLinesLog} wrote. */
final class LogReader {
    private static final ObjectMapper JSON = new ObjectMapper();

    private LogReader() {}

    /**
     * Tells a history what a log holds, in its order. A last line that a crash cut off is left out.
     *
     * @throws Cloze4jException if another line is not of a log of ours, or the file cannot be read
     */
    static void read(Path path, RunHistory history) {
        long number = 0;
        try (BufferedReader lines = Files.newBufferedReader(path, StandardCharsets.UTF_8)) {
            String line = lines.readLine();
            while (line != null) {
                number++;
                String next = lines.readLine();
                tell(line, history, next == null);
                line = next;
            }
        } catch (IOException e) {
            throw new Cloze4jException(
                    path + ", line " + (number + 1) + ": expected a log of JSON lines, received " + firstLine(e)
                            + "; remove that line or move the log away",
                    e);
        }
    }

    private static void tell(String line, RunHistory history, boolean last) throws IOException {
        JsonNode event;
        try {
            event = JSON.readTree(line);
        } catch (IOException e) {
            if (last) {
                return;
            }
            throw e;
        }
        switch (event.path(LastLine.FIRST_FIELD).asText()) {
            case "start" -> history.takeBack(event.path("first_step").asLong());
            case "step" -> history.onStep(new StepReport(
                    event.path("step").asLong(),
                    number(event, "progress"),
                    number(event, "loss"),
                    number(event, "learning_rate"),
                    number(event, "gradient_norm"),
                    event.path("tokens").asLong(),
                    number(event, "elapsed_seconds"),
                    number(event, "tokens_per_second")));
            case "evaluation" -> history.onEvaluation(
                    event.path("step").asLong(),
                    new Evaluation(
                            number(event, "mlm_loss"),
                            number(event, "accuracy"),
                            event.path("masked_tokens").asLong()));
            case "checkpoint", "end" -> {
                // Nothing of the curves.
            }
            default -> throw new IOException("a line without a known event");
        }
    }

    /** What JSON could not hold was written as null. */
    private static double number(JsonNode event, String field) {
        return event.path(field).asDouble(Double.NaN);
    }

    private static String firstLine(IOException failure) {
        return String.valueOf(failure.getMessage()).lines().findFirst().orElse("");
    }
}
