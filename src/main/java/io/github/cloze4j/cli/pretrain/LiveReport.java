package io.github.cloze4j.cli.pretrain;

import io.github.cloze4j.model.Bert;
import io.github.cloze4j.train.Evaluation;
import io.github.cloze4j.train.StepReport;
import io.github.cloze4j.train.TrainingListener;
import io.github.cloze4j.train.TrainingResult;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/** Keeps the report of a run up to date while the run lasts: it is written after each evaluation and each checkpoint. */
final class LiveReport implements TrainingListener {
    /** Steps whose mean is the training loss, as at the end of a run. */
    private static final int RECENT = 100;

    private final PretrainReport report;
    private final Bert model;
    private final Deque<Double> losses = new ArrayDeque<>();
    private @Nullable StepReport last;
    private @Nullable Evaluation evaluation;

    /** @param report with a history that hears of each event before this */
    LiveReport(PretrainReport report, Bert model) {
        this.report = report;
        this.model = model;
    }

    @Override
    public void onStep(StepReport step) {
        last = step;
        losses.addLast(step.loss());
        if (losses.size() > RECENT) {
            losses.removeFirst();
        }
    }

    @Override
    public void onEvaluation(long step, Evaluation score) {
        evaluation = score;
        write();
    }

    @Override
    public void onCheckpoint(long step, Path checkpoint) {
        write();
    }

    private void write() {
        StepReport step = last;
        // A run that is resumed may make up for an evaluation before its first step.
        if (step != null) {
            double loss =
                    losses.stream().mapToDouble(Double::doubleValue).average().orElse(step.loss());
            report.writeRunning(
                    model,
                    new TrainingResult(
                            step.step(),
                            step.tokens(),
                            step.elapsedSeconds(),
                            step.tokensPerSecond(),
                            loss,
                            evaluation,
                            false,
                            null));
        }
    }
}
