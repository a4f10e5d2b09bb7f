package io.github.cloze4j.monitor;

import io.github.cloze4j.train.Evaluation;
import io.github.cloze4j.train.Score;
import io.github.cloze4j.train.StepReport;
import io.github.cloze4j.train.TrainingConfig;
import io.github.cloze4j.train.TrainingListener;
import io.github.cloze4j.train.TrainingResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Event files for TensorBoard, with the scalars {@code train/loss}, {@code train/learning_rate},
 * {@code train/gradient_norm}, {@code train/tokens_per_second} and {@code eval/loss}, by step and wall time. Each
 * loss has scalars whose names begin with its own name: the loss {@code mlm} has {@code train/mlm_loss}, {@code
 * train/mlm_accuracy} and {@code train/mlm_perplexity}, and the same three under {@code eval}; a loss that has no right answers to count has
 * its loss alone. Metrics of the task are scalars such as {@code eval/macro_f1}. Point {@code tensorboard --logdir} at the
 * directory or one above it.
 *
 * <p>Every start writes a file of its own, also that of a resumed run: nothing is ever appended behind a record that a
 * crash cut off. Its first records tell TensorBoard to forget the steps that the crashed run logged beyond its
 * checkpoint. Each record reaches the operating system when its event returns.
 *
 * <p>The end of the run closes the file; {@link #close()} does so where there was no end.
 *
 * <p>Not thread-safe: for one run, whose training thread calls it.
 */
public final class TensorBoardLog implements TrainingListener, AutoCloseable {
    private static final double NANOS_OF_SECOND = 1e9;

    private final Path directory;
    private final Clock clock;
    private @Nullable AppendedFile file;

    /** @param directory where the event files go; created at the start of the run */
    public TensorBoardLog(Path directory) {
        this(directory, Clock.systemUTC());
    }

    TensorBoardLog(Path directory, Clock clock) {
        this.directory = directory;
        this.clock = clock;
    }

    @Override
    public void onStart(TrainingConfig config, Map<String, String> task, long firstStep) {
        close();
        file = AppendedFile.open(newFile());
        append(TensorBoardEvent.fileVersion(wallTime()));
        append(TensorBoardEvent.sessionStart(wallTime(), firstStep));
    }

    @Override
    public void onStep(StepReport report) {
        TensorBoardEvent event = new TensorBoardEvent(wallTime(), report.step())
                .scalar("train/loss", report.loss())
                .scalar("train/learning_rate", report.learningRate())
                .scalar("train/gradient_norm", report.gradientNorm())
                .scalar("train/tokens_per_second", report.tokensPerSecond());
        report.scores().forEach((name, score) -> withScore(event, "train/" + name, score));
        append(event.toBytes());
    }

    @Override
    public void onEvaluation(long step, Evaluation evaluation) {
        TensorBoardEvent event = new TensorBoardEvent(wallTime(), step).scalar("eval/loss", evaluation.loss());
        evaluation.scores().forEach((name, score) -> withScore(event, "eval/" + name, score));
        evaluation.metrics().forEach((name, value) -> event.scalar("eval/" + name, value));
        append(event.toBytes());
    }

    private static void withScore(TensorBoardEvent event, String tag, Score score) {
        event.scalar(tag + "_loss", score.loss());
        if (score.hasAccuracy()) {
            event.scalar(tag + "_accuracy", score.accuracy()).scalar(tag + "_perplexity", score.perplexity());
        }
    }

    @Override
    public void onCheckpoint(long step, Path checkpoint) {
        opened().synchronizeWithDisk();
    }

    @Override
    public void onEnd(TrainingResult result) {
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

    private void append(byte[] event) {
        opened().append(RecordFraming.frame(event));
    }

    private AppendedFile opened() {
        if (file == null) {
            throw new IllegalStateException(
                    "Expected an event between start and end. Received one outside. Call onStart before it");
        }
        return file;
    }

    private double wallTime() {
        Instant now = clock.instant();
        return now.getEpochSecond() + now.getNano() / NANOS_OF_SECOND;
    }

    /** TensorBoard takes files with {@code tfevents} in their name, and reads those of a directory in order of name. */
    private Path newFile() {
        long second = clock.instant().getEpochSecond();
        int number = 0;
        Path path;
        do {
            path = directory.resolve(
                    String.format(Locale.ROOT, "events.out.tfevents.%010d.cloze4j.%04d", second, number++));
        } while (Files.exists(path));
        return path;
    }
}
