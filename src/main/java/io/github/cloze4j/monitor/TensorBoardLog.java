package io.github.cloze4j.monitor;

import io.github.cloze4j.train.Evaluation;
import io.github.cloze4j.train.NextSentenceScore;
import io.github.cloze4j.train.StepReport;
import io.github.cloze4j.train.TrainingConfig;
import io.github.cloze4j.train.TrainingListener;
import io.github.cloze4j.train.TrainingResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Event files for TensorBoard, with the scalars {@code train/loss}, {@code train/learning_rate},
 * {@code train/gradient_norm}, {@code train/tokens_per_second}, {@code eval/loss}, {@code eval/accuracy} and
 * {@code eval/perplexity}, and, where the objective has pairs, {@code train/next_sentence_loss}, {@code
 * train/next_sentence_accuracy} and the same of {@code eval}, by step and wall time. Point {@code tensorboard --logdir} at the directory or one above it.
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
    public void onStart(TrainingConfig config, long firstStep) {
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
        append(withNextSentence(event, "train/", report.nextSentence()).toBytes());
    }

    @Override
    public void onEvaluation(long step, Evaluation evaluation) {
        TensorBoardEvent event = new TensorBoardEvent(wallTime(), step)
                .scalar("eval/loss", evaluation.mlmLoss())
                .scalar("eval/accuracy", evaluation.accuracy())
                .scalar("eval/perplexity", evaluation.perplexity());
        append(withNextSentence(event, "eval/", evaluation.nextSentence()).toBytes());
    }

    private static TensorBoardEvent withNextSentence(
            TensorBoardEvent event, String prefix, @Nullable NextSentenceScore score) {
        return score == null
                ? event
                : event.scalar(prefix + "next_sentence_loss", score.loss())
                        .scalar(prefix + "next_sentence_accuracy", score.accuracy());
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
