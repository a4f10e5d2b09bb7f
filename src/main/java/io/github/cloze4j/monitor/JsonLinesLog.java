package io.github.cloze4j.monitor;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import io.github.cloze4j.train.BestModel;
import io.github.cloze4j.train.Evaluation;
import io.github.cloze4j.train.Score;
import io.github.cloze4j.train.StepReport;
import io.github.cloze4j.train.TrainingConfig;
import io.github.cloze4j.train.TrainingListener;
import io.github.cloze4j.train.TrainingResult;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A log for programs: one JSON object a line, in ASCII. Field {@code event} says what it is ({@code start}, {@code step},
 * {@code evaluation}, {@code checkpoint}, {@code end}), field {@code time} when it was written (ISO 8601, UTC); the other
 * fields are those of the events' records. {@code loss} is the sum of the mean losses; each loss has fields of its own, whose
 * names begin with the name of the loss. The loss {@code mlm} has the fields {@code mlm_loss}, {@code mlm_accuracy}, {@code
 * mlm_perplexity} and {@code mlm_count}, the number of its targets, which are masked tokens. A loss
 * that has no right answers to count, such as a squared error, has neither accuracy nor perplexity. A metric of the task is a
 * field of the metric's name in the events {@code evaluation} and {@code end}. The event {@code end} of a run that
 * selects its best model has {@code best_metric}, {@code best_step} and {@code best_value}. Numbers that JSON cannot hold (NaN, infinities) are null.
 *
 * <p>Each line is on its way to the disk when its event returns: a crash loses at most the line that was being written.
 * An existing log is continued, after its last complete line; a resumed run begins with a {@code start} of its own, and
 * steps that the crashed run logged beyond its checkpoint appear again after it.
 *
 * <p>The end of the run closes the file; {@link #close()} does so where there was no end.
 *
 * <p>Not thread-safe: for one run, whose training thread calls it.
 */
public final class JsonLinesLog implements TrainingListener, AutoCloseable {
    private static final JsonFactory JSON =
            JsonFactory.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();

    private final Path path;
    private final Clock clock;
    private @Nullable AppendedFile file;

    /** @param path the log, created at the start of the run with its directory, or continued */
    public JsonLinesLog(Path path) {
        this(path, Clock.systemUTC());
    }

    JsonLinesLog(Path path, Clock clock) {
        this.path = path;
        this.clock = clock;
    }

    @Override
    public void onStart(TrainingConfig config, Map<String, String> task, long firstStep) {
        close();
        LastLine.complete(path);
        file = AppendedFile.open(path);
        write("start", json -> {
            json.writeNumberField("first_step", firstStep);
            json.writeObjectFieldStart("config");
            for (Map.Entry<String, Object> setting : Settings.of(config, task).entrySet()) {
                writeSetting(json, setting.getKey(), setting.getValue());
            }
            json.writeEndObject();
        });
    }

    @Override
    public void onStep(StepReport report) {
        write("step", json -> {
            json.writeNumberField("step", report.step());
            writeNumber(json, "progress", report.progress());
            writeNumber(json, "loss", report.loss());
            writeNumber(json, "learning_rate", report.learningRate());
            writeNumber(json, "gradient_norm", report.gradientNorm());
            json.writeNumberField("tokens", report.tokens());
            writeNumber(json, "elapsed_seconds", report.elapsedSeconds());
            writeNumber(json, "tokens_per_second", report.tokensPerSecond());
            writeScores(json, report.scores());
        });
    }

    @Override
    public void onEvaluation(long step, Evaluation evaluation) {
        write("evaluation", json -> {
            json.writeNumberField("step", step);
            writeEvaluation(json, evaluation);
        });
    }

    @Override
    public void onCheckpoint(long step, Path checkpoint) {
        write("checkpoint", json -> {
            json.writeNumberField("step", step);
            json.writeStringField("path", checkpoint.toString());
        });
        opened().synchronizeWithDisk();
    }

    @Override
    public void onEnd(TrainingResult result) {
        write("end", json -> {
            json.writeNumberField("steps", result.steps());
            json.writeNumberField("tokens", result.tokens());
            writeNumber(json, "seconds", result.seconds());
            writeNumber(json, "tokens_per_second", result.tokensPerSecond());
            writeNumber(json, "train_loss", result.trainLoss());
            Evaluation evaluation = result.evaluation();
            if (evaluation != null) {
                writeEvaluation(json, evaluation);
            }
            BestModel best = result.best();
            if (best != null) {
                json.writeStringField("best_metric", best.metric());
                json.writeNumberField("best_step", best.step());
                writeNumber(json, "best_value", best.value());
            }
            json.writeBooleanField("stopped", result.stopped());
        });
        opened().synchronizeWithDisk();
        close();
    }

    @Override
    public void close() {
        if (file != null) {
            file.close();
            file = null;
        }
    }

    /** Writes the fields of one event. */
    @FunctionalInterface
    private interface Fields {
        void write(JsonGenerator json) throws IOException;
    }

    private void write(String event, Fields fields) {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        try (JsonGenerator json = JSON.createGenerator(line)) {
            json.writeStartObject();
            json.writeStringField(LastLine.FIRST_FIELD, event);
            json.writeStringField("time", clock.instant().toString());
            fields.write(json);
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException("writing into memory does not fail", e);
        }
        line.write('\n');
        opened().append(line.toByteArray());
    }

    private AppendedFile opened() {
        if (file == null) {
            throw new IllegalStateException(
                    "Expected an event between start and end. Received one outside. Call onStart before it");
        }
        return file;
    }

    private static void writeEvaluation(JsonGenerator json, Evaluation evaluation) throws IOException {
        writeNumber(json, "loss", evaluation.loss());
        writeScores(json, evaluation.scores());
        for (Map.Entry<String, Double> metric : evaluation.metrics().entrySet()) {
            writeNumber(json, metric.getKey(), metric.getValue());
        }
    }

    private static void writeScores(JsonGenerator json, Map<String, Score> scores) throws IOException {
        for (Map.Entry<String, Score> named : scores.entrySet()) {
            String name = named.getKey();
            Score score = named.getValue();
            writeNumber(json, name + LogReader.LOSS, score.loss());
            if (score.hasAccuracy()) {
                writeNumber(json, name + LogReader.ACCURACY, score.accuracy());
                writeNumber(json, name + LogReader.PERPLEXITY, score.perplexity());
            }
            json.writeNumberField(name + LogReader.COUNT, score.count());
        }
    }

    private static void writeSetting(JsonGenerator json, String name, Object value) throws IOException {
        if (value instanceof Double number) {
            writeNumber(json, name, number);
        } else if (value instanceof Number number) {
            json.writeNumberField(name, number.longValue());
        } else {
            json.writeStringField(name, value.toString());
        }
    }

    private static void writeNumber(JsonGenerator json, String name, double value) throws IOException {
        if (Double.isFinite(value)) {
            json.writeNumberField(name, value);
        } else {
            json.writeNullField(name);
        }
    }
}
