package io.github.cloze4j.monitor;

import io.github.cloze4j.train.Evaluation;
import io.github.cloze4j.train.NextSentenceScore;
import io.github.cloze4j.train.StepReport;
import io.github.cloze4j.train.TrainingConfig;
import io.github.cloze4j.train.TrainingListener;
import io.github.cloze4j.train.TrainingResult;
import java.io.PrintStream;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Progress for people. On a terminal: one line that is redrawn in place, with a bar of the used budget, the remaining
 * time, the smoothed loss, the speed and the learning rate. Elsewhere: plain lines, at most one in five seconds.
 * Evaluations and the end always have a line of their own. ASCII without control sequences but the carriage return, so
 * that neither the terminal's kind nor its encoding matters.
 *
 * <p>Most steps cost one look at the clock; nothing is formatted before a line is due.
 */
public final class ConsoleProgress implements TrainingListener {
    private static final long REDRAW_NANOS = TimeUnit.MILLISECONDS.toNanos(200);
    private static final long LINE_NANOS = TimeUnit.SECONDS.toNanos(5);
    /** One less than the narrowest usual terminal: a line that wraps cannot be redrawn. */
    private static final int COLUMNS = 79;

    private static final int LONGEST_BAR = 24;
    private static final int SHORTEST_BAR = 4;
    private static final double KEEP_LOSS = 0.95;

    private final PrintStream target;
    private final boolean terminal;
    private final LongSupplier nanoTime;
    private SmoothedValue loss = new SmoothedValue(KEEP_LOSS);
    private String totalSteps = "";
    private long lastDrawn;
    private int drawnLength;

    /**
     * @param target where to write; never closed
     * @param terminal whether {@code target} shows a carriage return as a terminal does
     */
    public ConsoleProgress(PrintStream target, boolean terminal) {
        this(target, terminal, System::nanoTime);
    }

    ConsoleProgress(PrintStream target, boolean terminal, LongSupplier nanoTime) {
        this.target = target;
        this.terminal = terminal;
        this.nanoTime = nanoTime;
    }

    @Override
    public void onStart(TrainingConfig config, long firstStep) {
        loss = new SmoothedValue(KEEP_LOSS);
        Long steps = config.steps();
        totalSteps = steps == null ? "" : "/" + steps;
        lastDrawn = nanoTime.getAsLong();
    }

    @Override
    public void onStep(StepReport report) {
        loss.add(report.loss());
        long now = nanoTime.getAsLong();
        if (now - lastDrawn < (terminal ? REDRAW_NANOS : LINE_NANOS)) {
            return;
        }
        lastDrawn = now;
        if (terminal) {
            redraw(bar(report));
        } else {
            target.println(line(report));
        }
    }

    @Override
    public void onEvaluation(long step, Evaluation evaluation) {
        NextSentenceScore pairs = evaluation.nextSentence();
        printLine("step " + step + "  held-out loss " + Figures.loss(evaluation.mlmLoss()) + "  accuracy "
                + Figures.share(evaluation.accuracy()) + "  perplexity "
                + Figures.perplexity(evaluation.perplexity())
                + (pairs == null ? "" : "  next sentence " + Figures.share(pairs.accuracy())));
    }

    @Override
    public void onEnd(TrainingResult result) {
        printLine((result.stopped() ? "stopped after " : "done: ") + result.steps() + " steps, "
                + Figures.count(result.tokens()) + " tokens in " + Figures.duration(result.seconds()) + ", "
                + Figures.rate(result.tokensPerSecond()) + " tokens/s, training loss "
                + Figures.loss(result.trainLoss()));
        target.flush();
    }

    private String line(StepReport report) {
        return "step " + report.step() + totalSteps + "  " + Figures.share(report.progress()) + "  loss "
                + Figures.loss(loss.value()) + "  " + Figures.rate(report.tokensPerSecond()) + " tokens/s  lr "
                + Figures.learningRate(report.learningRate()) + "  ETA "
                + Figures.duration(remainingSeconds(report));
    }

    private String bar(StepReport report) {
        String text = line(report);
        int cells = Math.max(SHORTEST_BAR, Math.min(LONGEST_BAR, COLUMNS - text.length() - "[] ".length()));
        int filled = (int) Math.floor(cells * Math.max(0, Math.min(1, report.progress())));
        String drawn = "[" + "#".repeat(filled) + "-".repeat(cells - filled) + "] " + text;
        return drawn.substring(0, Math.min(COLUMNS, drawn.length()));
    }

    /** Training time goes on as it did so far; where the budget is time, this is exactly what is left of it. */
    private static double remainingSeconds(StepReport report) {
        return report.elapsedSeconds() * (1 - report.progress()) / report.progress();
    }

    /** Overwrites the drawn line; what was longer is blanked. */
    private void redraw(String text) {
        target.print("\r" + text + " ".repeat(Math.max(0, drawnLength - text.length())));
        target.flush();
        drawnLength = text.length();
    }

    private void printLine(String text) {
        if (drawnLength > 0) {
            redraw("");
            target.print("\r");
            drawnLength = 0;
        }
        target.println(text);
    }
}
