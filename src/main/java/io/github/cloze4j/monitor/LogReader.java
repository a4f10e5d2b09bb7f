package io.github.cloze4j.monitor;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.cloze4j.Cloze4jException;
import io.github.cloze4j.files.BoundedFiles;
import io.github.cloze4j.files.FileProblem;
import io.github.cloze4j.files.StrictJson;
import io.github.cloze4j.train.Evaluation;
import io.github.cloze4j.train.NextSentenceScore;
import io.github.cloze4j.train.StepReport;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Reads the curves of a run back from what {@link JsonLinesLog} wrote. */
final class LogReader {
    static final String NEXT_SENTENCE_LOSS = "next_sentence_loss";
    static final String NEXT_SENTENCE_ACCURACY = "next_sentence_accuracy";
    static final String PAIRS = "pairs";

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
                        number(event, "loss"),
                        number(event, "learning_rate"),
                        number(event, "gradient_norm"),
                        event.path("tokens").asLong(),
                        number(event, "elapsed_seconds"),
                        number(event, "tokens_per_second"),
                        nextSentence(event)));
            case "evaluation" ->
                history.onEvaluation(
                        event.path("step").asLong(),
                        new Evaluation(
                                number(event, "mlm_loss"),
                                number(event, "accuracy"),
                                event.path("masked_tokens").asLong(),
                                nextSentence(event)));
            case "checkpoint", "end" -> {
                // Nothing of the curves.
            }
            default -> throw new IOException("an object without a known event");
        }
    }

    private static @Nullable NextSentenceScore nextSentence(JsonNode event) {
        return event.has(PAIRS)
                ? new NextSentenceScore(
                        number(event, NEXT_SENTENCE_LOSS),
                        number(event, NEXT_SENTENCE_ACCURACY),
                        event.path(PAIRS).asLong())
                : null;
    }

    /** What JSON could not hold was written as null. */
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
