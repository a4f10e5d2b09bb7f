package io.github.cloze4j.monitor;

import io.github.cloze4j.train.BestModel;
import io.github.cloze4j.train.Evaluation;
import io.github.cloze4j.train.StepReport;
import io.github.cloze4j.train.TrainingConfig;
import io.github.cloze4j.train.TrainingListener;
import io.github.cloze4j.train.TrainingResult;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Progress for people. On a terminal: one line that is redrawn in place, with a bar of the used budget, the remaining
 * time, the smoothed loss, the speed and the learning rate, or what it waits for. Elsewhere: plain lines, of steps at most
 * one in five seconds. Evaluations and the end always have a line of their own. ASCII without control sequences but the carriage return, so
 * that neither the terminal's kind nor its encoding matters.
 *
 * <p>Most steps cost one look at the clock; nothing is formatted before a line is due.
 *
 * <p>Not thread-safe: for one run, whose training thread calls it.
 */
public final class ConsoleProgress implements TrainingListener {
    private static final long REDRAW_NANOS = TimeUnit.MILLISECONDS.toNanos(200);
    private static final long LINE_NANOS = TimeUnit.SECONDS.toNanos(5);
    private static final int LONGEST_BAR = 24;
    private static final int SHORTEST_BAR = 4;
    private static final double KEEP_LOSS = 0.95;
    private static final String EVALUATING = "evaluating on the held-out documents";

    /** The fields of a line, from left to right. */
    private enum Field {
        STEP,
        SHARE,
        LOSS,
        SPEED,
        LEARNING_RATE,
        REMAINING
    }

    /** The fields that a narrow terminal leaves out, in this order. */
    private static final List<Field> NEEDED_LEAST =
            List.of(Field.LEARNING_RATE, Field.SPEED, Field.LOSS, Field.SHARE, Field.REMAINING);

    private final PrintStream target;
    private final boolean terminal;
    private final IntSupplier columns;
    private final LongSupplier nanoTime;
    private SmoothedValue loss = new SmoothedValue(KEEP_LOSS);
    /** The names of the losses that a step lowers. */
    private Set<String> lowered = Set.of();

    private String totalSteps = "";
    private long lastDrawn;
    private int drawnLength;
    private @Nullable Evaluation lastEvaluation;

    /**
     * @param target where to write; never closed
     * @param terminal whether {@code target} shows a carriage return as a terminal does
     * @param columns of the terminal; asked at each redraw, as a window changes its size
     */
    public ConsoleProgress(PrintStream target, boolean terminal, IntSupplier columns) {
        this(target, terminal, columns, System::nanoTime);
    }

    ConsoleProgress(PrintStream target, boolean terminal, IntSupplier columns, LongSupplier nanoTime) {
        this.target = target;
        this.terminal = terminal;
        this.columns = columns;
        this.nanoTime = nanoTime;
    }

    @Override
    public void onStart(TrainingConfig config, Map<String, String> task, long firstStep) {
        lowered = Set.of();
        lastEvaluation = null;
        Long steps = config.steps();
        totalSteps = steps == null ? "" : "/" + steps;
        lastDrawn = nanoTime.getAsLong();
    }

    @Override
    public void onStep(StepReport report) {
        noteChange(report);
        loss.add(report.loss());
        long now = nanoTime.getAsLong();
        if (now - lastDrawn < (terminal ? REDRAW_NANOS : LINE_NANOS)) {
            return;
        }
        lastDrawn = now;
        if (terminal) {
            int width = width();
            redraw(bar(report, width), width);
        } else {
            target.println(line(report));
        }
    }

    /** Begins the smoothed loss anew, and says so, where a run goes on with another loss. */
    private void noteChange(StepReport report) {
        Set<String> names = report.scores().keySet();
        if (Collections.disjoint(lowered, names)) {
            if (!lowered.isEmpty()) {
                printLine("from step " + report.step() + " on the loss is that of " + String.join(", ", names));
            }
            loss = new SmoothedValue(KEEP_LOSS);
            lowered = names;
        }
    }

    @Override
    public void onEvaluationStart(long step) {
        if (terminal) {
            int width = width();
            redraw(start(EVALUATING, width), width);
        } else {
            target.println(EVALUATING);
        }
    }

    @Override
    public void onEvaluation(long step, Evaluation evaluation) {
        lastEvaluation = evaluation;
        printLine("step " + step + "  held-out " + text(evaluation));
    }

    /** The figures of a loss stand together; semicolons separate losses and metrics. */
    private static String text(Evaluation evaluation) {
        List<String> texts = new ArrayList<>();
        evaluation.scores().forEach((loss, score) -> {
            List<String> figures = new ArrayList<>();
            Figures.of(score).forEach((figure, text) -> figures.add(figure + " " + text));
            texts.add(loss + " " + String.join("  ", figures));
        });
        evaluation.metrics().forEach((name, value) -> texts.add(name + " " + Figures.metric(value)));
        return String.join("; ", texts);
    }

    @Override
    public void onEnd(TrainingResult result) {
        BestModel best = result.best();
        Evaluation evaluation = result.evaluation();
        // The evaluation of a restored model comes with the result only.
        if (best != null && evaluation != null && !evaluation.equals(lastEvaluation)) {
            printLine("best model, of step " + best.step() + "  held-out " + text(evaluation));
        }
        printLine((result.stopped() ? "stopped after " : "done: ") + result.steps() + " steps, "
                + Figures.count(result.tokens()) + " tokens in " + Figures.duration(result.seconds()) + ", "
                + Figures.rate(result.tokensPerSecond()) + " tokens/s, training loss "
                + Figures.loss(result.trainLoss())
                + (best == null
                        ? ""
                        : ", best " + best.metric() + " " + Figures.metric(best.value()) + " at step " + best.step()));
        target.flush();
    }

    private String line(StepReport report) {
        return String.join("  ", fields(report).values());
    }

    private SortedMap<Field, String> fields(StepReport report) {
        SortedMap<Field, String> fields = new TreeMap<>();
        fields.put(Field.STEP, "step " + report.step() + totalSteps);
        fields.put(Field.SHARE, Figures.share(report.progress()));
        fields.put(Field.LOSS, "loss " + Figures.loss(loss.value()));
        fields.put(Field.SPEED, Figures.rate(report.tokensPerSecond()) + " tokens/s");
        fields.put(Field.LEARNING_RATE, "lr " + Figures.learningRate(report.learningRate()));
        fields.put(Field.REMAINING, "ETA " + Figures.duration(remainingSeconds(report)));
        return fields;
    }

    /** A line that fits: first the bar goes, then the fields that people need least. */
    private String bar(StepReport report, int width) {
        SortedMap<Field, String> fields = fields(report);
        for (Field field : NEEDED_LEAST) {
            if (String.join("  ", fields.values()).length() > width) {
                fields.remove(field);
            }
        }
        String text = String.join("  ", fields.values());
        int cells = Math.min(LONGEST_BAR, width - text.length() - "[] ".length());
        if (cells < SHORTEST_BAR) {
            return start(text, width);
        }
        int filled = (int) Math.floor(cells * Math.max(0, Math.min(1, report.progress())));
        return "[" + "#".repeat(filled) + "-".repeat(cells - filled) + "] " + text;
    }

    private static String start(String text, int width) {
        return text.substring(0, Math.min(width, text.length()));
    }

    /** A line that fills the last column wraps on some terminals, and what wraps cannot be redrawn. */
    private int width() {
        return Math.max(1, columns.getAsInt() - 1);
    }

    /** Training time goes on as it did so far; where the budget is time, this is exactly what is left of it. */
    private static double remainingSeconds(StepReport report) {
        return report.elapsedSeconds() * (1 - report.progress()) / report.progress();
    }

    /** Overwrites the drawn line; what was longer is blanked. */
    private void redraw(String text, int width) {
        target.print("\r" + text + " ".repeat(Math.max(0, Math.min(width, drawnLength) - text.length())));
        target.flush();
        drawnLength = text.length();
    }

    private void printLine(String text) {
        if (drawnLength > 0) {
            redraw("", drawnLength);
            target.print("\r");
            drawnLength = 0;
        }
        target.println(text);
    }
}
