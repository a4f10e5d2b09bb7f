package io.github.cloze4j.monitor;

import io.github.cloze4j.train.Evaluation;
import io.github.cloze4j.train.StepReport;
import io.github.cloze4j.train.TrainingConfig;
import io.github.cloze4j.train.TrainingListener;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Collects the curves of a run in bounded memory: at most {@value #CAPACITY} points and as many evaluations, however long
 * it is. When the points are full, neighbours are merged into their mean and every further point stands for twice as
 * many steps; so no step is dropped from the curve. When the evaluations are full, every second one is dropped, never
 * the latest.
 *
 * <p>A start at a step that was seen already takes back that step and what followed it, so that the history of a run
 * that was resumed in one process, or replayed, is that of its final line.
 *
 * <p>Not thread-safe: for one run, whose training thread calls it.
 */
public final class RunHistory implements TrainingListener {
    /** Most points that are kept; even, because neighbours are merged. */
    public static final int CAPACITY = 2048;

    private final List<Point> points = new ArrayList<>();
    private final List<HeldOut> evaluations = new ArrayList<>();
    private final Mean pending = new Mean();
    private final Set<String> losses = new LinkedHashSet<>();
    private long stepsPerPoint = 1;

    /**
     * The means over consecutive steps.
     *
     * @param step the last of them
     * @param loss in nats
     * @param learningRate as applied
     * @param gradientNorm before clipping
     * @param tokensPerSecond of the process, up to the last of them
     */
    public record Point(long step, double loss, double learningRate, double gradientNorm, double tokensPerSecond) {}

    /**
     * A score on held-out text.
     *
     * @param step after which it was taken
     * @param evaluation the score
     */
    public record HeldOut(long step, Evaluation evaluation) {}

    /**
     * The history that a {@link JsonLinesLog} holds, so that the curves of a resumed run begin where the run began.
     *
     * @param jsonLines the log; a last line that a crash cut off is left out
     * @throws io.github.cloze4j.Cloze4jException if the file cannot be read or is no such log
     */
    public static RunHistory ofLog(Path jsonLines) {
        RunHistory history = new RunHistory();
        LogReader.read(jsonLines, history);
        return history;
    }

    @Override
    public void onStart(TrainingConfig config, Map<String, String> task, long firstStep) {
        takeBack(firstStep);
    }

    /** Forgets a step and all that followed it. */
    void takeBack(long firstStep) {
        points.removeIf(point -> point.step() >= firstStep);
        evaluations.removeIf(heldOut -> heldOut.step() >= firstStep);
        if (pending.count > 0 && pending.step < firstStep) {
            points.add(pending.toPoint());
        }
        pending.clear();
        if (points.size() == CAPACITY) {
            mergeNeighbours();
        }
    }

    @Override
    public void onStep(StepReport report) {
        losses.addAll(report.scores().keySet());
        pending.add(report);
        if (pending.count < stepsPerPoint) {
            return;
        }
        points.add(pending.toPoint());
        pending.clear();
        if (points.size() == CAPACITY) {
            mergeNeighbours();
        }
    }

    @Override
    public void onEvaluation(long step, Evaluation evaluation) {
        losses.addAll(evaluation.scores().keySet());
        if (evaluations.size() == CAPACITY) {
            for (int i = evaluations.size() - 2; i >= 0; i -= 2) {
                evaluations.remove(i);
            }
        }
        evaluations.add(new HeldOut(step, evaluation));
    }

    /** The points in the order of their steps, those of the last steps included; a copy. */
    public List<Point> points() {
        List<Point> all = new ArrayList<>(points);
        if (pending.count > 0) {
            all.add(pending.toPoint());
        }
        return List.copyOf(all);
    }

    /** The evaluations in the order of their steps; a copy. */
    public List<HeldOut> evaluations() {
        return List.copyOf(evaluations);
    }

    /** The names of the losses of all steps and evaluations, in the order of the model's heads; a copy. */
    List<String> losses() {
        return List.copyOf(losses);
    }

    private void mergeNeighbours() {
        for (int i = 0; i < CAPACITY / 2; i++) {
            Point first = points.get(2 * i);
            Point second = points.get(2 * i + 1);
            points.set(
                    i,
                    new Point(
                            second.step(),
                            (first.loss() + second.loss()) / 2,
                            (first.learningRate() + second.learningRate()) / 2,
                            (first.gradientNorm() + second.gradientNorm()) / 2,
                            second.tokensPerSecond()));
        }
        points.subList(CAPACITY / 2, CAPACITY).clear();
        stepsPerPoint *= 2;
    }

    /** The steps that no point stands for yet. */
    private static final class Mean {
        private long count;
        private long step;
        private double loss;
        private double learningRate;
        private double gradientNorm;
        private double tokensPerSecond;

        void add(StepReport report) {
            count++;
            step = report.step();
            loss += report.loss();
            learningRate += report.learningRate();
            gradientNorm += report.gradientNorm();
            tokensPerSecond = report.tokensPerSecond();
        }

        Point toPoint() {
            return new Point(step, loss / count, learningRate / count, gradientNorm / count, tokensPerSecond);
        }

        void clear() {
            count = 0;
            loss = 0;
            learningRate = 0;
            gradientNorm = 0;
        }
    }
}
