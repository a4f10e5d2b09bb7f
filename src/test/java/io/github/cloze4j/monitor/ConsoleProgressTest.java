package io.github.cloze4j.monitor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.train.Evaluation;
import io.github.cloze4j.train.Score;
import io.github.cloze4j.train.StepReport;
import io.github.cloze4j.train.TrainingConfig;
import io.github.cloze4j.train.TrainingResult;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConsoleProgressTest {
    private static final long SECOND = 1_000_000_000L;

    private final ByteArrayOutputStream written = new ByteArrayOutputStream();
    private final PrintStream target = new PrintStream(written, false, StandardCharsets.UTF_8);
    private int columns = 80;
    private long now = Long.MAX_VALUE - 3 * SECOND; // the clock of System.nanoTime may overflow

    private ConsoleProgress progress(boolean terminal) {
        return new ConsoleProgress(target, terminal, () -> columns, () -> now);
    }

    private String text() {
        target.flush();
        return written.toString(StandardCharsets.UTF_8);
    }

    /** What the screen shows in the end: a carriage return goes to the start of the line. */
    private List<String> screen() {
        List<String> lines = new ArrayList<>();
        StringBuilder line = new StringBuilder();
        int column = 0;
        for (char c : text().replace(System.lineSeparator(), "\n").toCharArray()) {
            if (c == '\n') {
                lines.add(line.toString().stripTrailing());
                line.setLength(0);
                column = 0;
            } else if (c == '\r') {
                column = 0;
            } else {
                line.replace(column, Math.min(column + 1, line.length()), String.valueOf(c));
                column++;
                assertTrue(column < columns || !redrawn(line), "a line that is redrawn wraps: " + line);
            }
        }
        lines.add(line.toString().stripTrailing());
        return lines;
    }

    private static boolean redrawn(StringBuilder line) {
        return line.charAt(0) == '[' || line.toString().startsWith("step") && line.indexOf("ETA") >= 0;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 12, 20, 40, 60, 100})
    void aNarrowTerminalIsNotWrappedAndKeepsWhatPeopleNeedMost(int width) {
        columns = width;
        ConsoleProgress progress = progress(true);
        progress.onStart(TrainingConfig.builder().build(), Runs.TASK, 1);
        now += SECOND;
        progress.onStep(Runs.step(250, 1000, 5));
        String line = screen().get(0);
        assertTrue(text().strip().length() < Math.max(2, width), text());
        assertTrue("step 250/1000".startsWith(line) || line.endsWith("ETA 3:08"), line);
        assertEquals(width == 100, line.startsWith("[######---"), line);
    }

    @Test
    void aWindowThatBecomesNarrowerIsNotWrappedByBlanks() {
        columns = 100;
        ConsoleProgress progress = progress(true);
        progress.onStart(TrainingConfig.builder().build(), Runs.TASK, 1);
        now += SECOND;
        progress.onStep(Runs.step(250, 1000, 5));
        columns = 40;
        now += SECOND;
        progress.onStep(Runs.step(251, 1000, 5));
        assertTrue(text().substring(text().lastIndexOf('\r') + 1).length() < 40, text());
    }

    @Test
    void elsewhereAtMostOnePlainLineInFiveSeconds() {
        ConsoleProgress progress = progress(false);
        progress.onStart(TrainingConfig.builder().build(), Runs.TASK, 1);
        for (long step = 1; step <= 1000; step++) {
            now += SECOND / 50;
            progress.onStep(Runs.step(step, 1000, 5));
        }
        progress.onEnd(Runs.result(1000, null));
        List<String> lines = text().lines().toList();
        assertEquals(5, lines.size(), text());
        assertEquals("step 250/1000  25.0 %  loss 5.000  8,192 tokens/s  lr 7.50e-04  ETA 3:08", lines.get(0));
        assertEquals("done: 1000 steps, 2,048,000 tokens in 4:10, 8,192 tokens/s, training loss 4.250", lines.get(4));
        assertTrue(text().chars().allMatch(c -> c >= ' ' || c == '\n' || c == '\r'), "control characters");
        assertFalse(text().replace(System.lineSeparator(), "").contains("\r"));
    }

    @Test
    void whereTheLossChangesItIsSaidAndTheSmoothedLossBeginsAnew() {
        ConsoleProgress progress = progress(false);
        progress.onStart(TrainingConfig.builder().build(), Runs.TASK, 1);
        now += SECOND;
        progress.onStep(Runs.step(1, 1000, 9));
        StepReport step = Runs.step(2, 1000, 0);
        now += 9 * SECOND;
        progress.onStep(new StepReport(
                step.step(),
                step.progress(),
                Map.of("clm", new Score(5, 0.5, 10)),
                step.learningRate(),
                step.gradientNorm(),
                step.tokens(),
                step.elapsedSeconds(),
                step.tokensPerSecond()));
        List<String> lines = text().lines().toList();
        assertEquals("from step 2 on the loss is that of clm", lines.get(0));
        assertTrue(lines.get(1).contains("loss 5.000"), text());
    }

    @Test
    void onATerminalOneLineIsRedrawnAndEvaluationsStand() {
        ConsoleProgress progress = progress(true);
        progress.onStart(TrainingConfig.builder().build(), Runs.TASK, 1);
        for (long step = 1; step <= 300; step++) {
            now += SECOND / 4;
            progress.onStep(Runs.step(step, 1000, 5));
            if (step == 200) {
                progress.onEvaluation(200, Runs.evaluation(5.432, 0.213, 1000));
            }
        }
        List<String> lines = screen();
        assertEquals(2, lines.size(), text());
        assertEquals("step 200  held-out mlm loss 5.432  accuracy 21.3 %  perplexity 228.6", lines.get(0));
        assertTrue(lines.get(1).matches("\\[#+-+\\] step 300/1000  30\\.0 %  loss 5\\.000 .*"), lines.get(1));
        progress.onEnd(new TrainingResult(300, 614_400, 75, 8192, 5, null, true, null));
        lines = screen();
        assertEquals(
                "stopped after 300 steps, 614,400 tokens in 1:15, 8,192 tokens/s, training loss 5.000", lines.get(1));
        assertEquals("", lines.get(2));
    }

    @Test
    void anEvaluationHasTheScoresOfEachHeadInTheirOrder() {
        ConsoleProgress progress = progress(false);
        progress.onEvaluation(
                200, new Evaluation(Runs.withPairs(new Score(5.432, 0.213, 1000), new Score(0.5, 0.75, 8))));
        assertEquals(
                "step 200  held-out mlm loss 5.432  accuracy 21.3 %  perplexity 228.6;"
                        + " nsp loss 0.500  accuracy 75.0 %  perplexity 1.6",
                text().strip());
    }

    @Test
    void metricsFollowTheLossesAndALossWithoutAnswersHasNoAccuracy() {
        ConsoleProgress progress = progress(false);
        progress.onEvaluation(200, Runs.measured());
        assertEquals("step 200  held-out mse loss 0.250; pearson 0.8750; label_count -0.5000", text().strip());
    }

    @Test
    void theLossOfAStepIsTheSumOfItsLosses() {
        ConsoleProgress progress = progress(false);
        progress.onStart(TrainingConfig.builder().build(), Runs.TASK, 1);
        now += 6 * SECOND;
        progress.onStep(new StepReport(
                1, 0.5, Runs.withPairs(new Score(5, 0.2, 1000), new Score(0.5, 0.75, 8)), 1e-3, 1, 80, 100, 800));
        assertTrue(text().contains("  loss 5.500  "), text());
    }

    @ParameterizedTest
    @ValueSource(ints = {20, 40, 80})
    void onATerminalAnEvaluationIsSaidUntilItsResult(int width) {
        columns = width;
        ConsoleProgress progress = progress(true);
        progress.onStart(TrainingConfig.builder().build(), Runs.TASK, 1);
        now += SECOND;
        progress.onStep(Runs.step(1000, 1000, 5));
        progress.onEvaluationStart(1000);
        assertTrue("evaluating on the held-out documents".startsWith(screen().get(0)), text());
        assertTrue(screen().get(0).length() >= Math.min(width - 1, 36), text());
        progress.onEvaluation(1000, Runs.evaluation(5.432, 0.213, 1000));
        assertEquals("step 1000  held-out mlm loss 5.432  accuracy 21.3 %  perplexity 228.6", screen().get(0));
    }

    @Test
    void elsewhereAnEvaluationIsALine() {
        ConsoleProgress progress = progress(false);
        progress.onEvaluationStart(1000);
        assertEquals("evaluating on the held-out documents" + System.lineSeparator(), text());
    }

    @Test
    void aTimeBudgetCountsDownItsTime() {
        ConsoleProgress progress = progress(false);
        progress.onStart(Runs.timeBudget(Duration.ofSeconds(300)), Runs.TASK, 1);
        now += 6 * SECOND;
        progress.onStep(new StepReport(40, 100 / 300.0, Runs.mlm(5), 1e-3, 1, 80_000, 100, 800));
        assertEquals("step 40  33.3 %  loss 5.000  800 tokens/s  lr 1.00e-03  ETA 3:20", text().strip());
    }

    @Test
    void unknownRemainingTimeAndLongFiguresStayOnOneLine() {
        ConsoleProgress progress = progress(true);
        progress.onStart(TrainingConfig.builder().build(), Runs.TASK, 1);
        now += SECOND;
        progress.onStep(new StepReport(1, 0, Runs.mlm(Double.NaN), 1e-3, 1, 0, 0, 0));
        assertTrue(screen().get(0).endsWith("ETA ?"), text());
        now += SECOND;
        progress.onStep(new StepReport(123_456_789, 1e-6, Runs.mlm(12345.678), 1e-3, 1, 0, 1e6, 1_234_567_890));
        assertFalse(screen().get(0).isEmpty());
        progress.onStep(Runs.step(3, 1000, 5));
        assertTrue(screen().get(0).length() < 80);
    }
}
