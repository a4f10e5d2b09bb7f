package io.github.cloze4j.monitor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.Cloze4jException;
import io.github.cloze4j.train.Score;
import io.github.cloze4j.train.StepReport;
import io.github.cloze4j.train.TrainingConfig;
import io.github.cloze4j.train.TrainingListener;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RunHistoryTest {
    @ParameterizedTest
    @ValueSource(longs = {1, 2047, 2048, 2049, 10_000, 123_457})
    void everyStepIsInExactlyOnePointHoweverLongTheRun(long steps) {
        RunHistory history = new RunHistory();
        for (long step = 1; step <= steps; step++) {
            // The mean of consecutive steps then tells which steps they were.
            history.onStep(Runs.step(step, steps, step));
        }
        List<RunHistory.Point> points = history.points();
        assertTrue(points.size() <= RunHistory.CAPACITY, "points: " + points.size());
        assertTrue(points.size() >= Math.min(steps, RunHistory.CAPACITY / 2), "points: " + points.size());
        long before = 0;
        for (RunHistory.Point point : points) {
            assertEquals((before + 1 + point.step()) / 2.0, point.loss(), 1e-9 * steps, "mean up to " + point.step());
            before = point.step();
        }
        assertEquals(steps, before);
    }

    @Test
    void evaluationsAreThinnedButTheLatestStays() {
        RunHistory history = new RunHistory();
        int evaluations = 3 * RunHistory.CAPACITY;
        long before = 0;
        for (int step = 1; step <= evaluations; step++) {
            history.onEvaluation(step, Runs.evaluation(step, 0.5, 1));
            List<RunHistory.HeldOut> kept = history.evaluations();
            assertEquals(step, kept.get(kept.size() - 1).step());
            assertTrue(kept.size() <= RunHistory.CAPACITY);
        }
        for (RunHistory.HeldOut heldOut : history.evaluations()) {
            assertTrue(heldOut.step() > before);
            assertEquals(heldOut.step(), heldOut.evaluation().loss());
            before = heldOut.step();
        }
    }

    @Test
    void lossesOfStepsAreNamedWithoutAnyEvaluation() {
        RunHistory history = new RunHistory();
        assertEquals(List.of(), history.losses());
        history.onStep(new StepReport(
                1, 0.5, Runs.withPairs(new Score(2, 0.2, 100), new Score(0.5, 0.7, 8)), 1e-3, 1, 100, 1, 100));
        assertEquals(List.of("mlm", "nsp"), history.losses());
        assertEquals(2.5, history.points().get(0).loss());
        assertTrue(HtmlReport.render(Runs.summary("Pairs", history)).contains("training loss (mlm + nsp), nats"));
    }

    @Test
    void aStartTakesBackTheStepsThatAreDoneAgain() {
        RunHistory history = new RunHistory();
        for (long step = 1; step <= 10; step++) {
            history.onStep(Runs.step(step, 20, 1));
            history.onEvaluation(step, Runs.evaluation(1, 0.1, 1));
        }
        history.onStart(TrainingConfig.builder().build(), Runs.TASK, 6);
        history.onStep(Runs.step(6, 20, 2));
        assertEquals(
                List.of(1L, 2L, 3L, 4L, 5L, 6L),
                history.points().stream().map(RunHistory.Point::step).toList());
        assertEquals(2, history.points().get(5).loss());
        assertEquals(5, history.evaluations().size());
    }

    @Test
    void theLogOfARunThatCrashedAndWasResumedGivesBackItsHistory(@TempDir Path directory) throws IOException {
        Path path = directory.resolve("run.jsonl");
        RunHistory expected = new RunHistory();
        try (JsonLinesLog log = new JsonLinesLog(path)) {
            for (TrainingListener listener : List.of(log, expected)) {
                listener.onStart(TrainingConfig.builder().build(), Runs.TASK, 1);
                for (long step = 1; step <= 3000; step++) {
                    listener.onStep(Runs.step(step, 4000, step == 7 ? Double.NaN : 10.0 / step));
                }
                listener.onEvaluation(3000, Runs.evaluation(4, 0.2, 10));
            }
        }
        Files.writeString(path, "{\"event\":\"st", StandardOpenOption.APPEND);
        assertEquals(expected.points(), RunHistory.ofLog(path).points());
        assertEquals(expected.evaluations(), RunHistory.ofLog(path).evaluations());
        try (JsonLinesLog log = new JsonLinesLog(path)) {
            for (TrainingListener listener : List.of(log, expected)) {
                listener.onStart(TrainingConfig.builder().build(), Runs.TASK, 2001);
                for (long step = 2001; step <= 4000; step++) {
                    listener.onStep(Runs.step(step, 4000, 1));
                }
                listener.onCheckpoint(4000, directory);
                listener.onEnd(Runs.result(4000, null));
            }
        }
        assertEquals(expected.points(), RunHistory.ofLog(path).points());
        assertEquals(List.of(), RunHistory.ofLog(path).evaluations());
    }

    @Test
    void aFileThatIsNoLogIsRefusedWithItsLine(@TempDir Path directory) throws IOException {
        Path path = directory.resolve("run.jsonl");
        for (String line : List.of("not JSON", "{}", "[]", "")) {
            Files.writeString(path, "{\"event\":\"end\"}\n" + line + "\n{\"event\":\"end\"}\n");
            Cloze4jException refused = assertThrows(Cloze4jException.class, () -> RunHistory.ofLog(path));
            assertTrue(refused.getMessage().contains("line 2"), refused.getMessage());
        }
    }
}
