package io.github.cloze4j.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.kernel.KernelProviders;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.kernel.LossSum;
import io.github.cloze4j.model.Bert;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;

/** Figures of a task's own, and losses without right answers. */
class MetricsTest {
    private static final Kernels KERNELS = KernelProviders.create("cpu", DataType.FLOAT);

    /** Counts the batches that it is asked for; may stop the run while it counts. */
    private static final class Counting extends MeasuredTask {
        private final List<Integer> asked = new ArrayList<>();
        private final Map<String, MetricGoal> goals = new LinkedHashMap<>();
        private Runnable during = () -> {};

        Counting(Bert model) {
            super(new ToyTask(model, 7));
            goals.put("batches", MetricGoal.HIGHER);
            goals.put("undefined", MetricGoal.LOWER);
        }

        @Override
        public Map<String, MetricGoal> metricGoals() {
            return goals;
        }

        @Override
        public Optional<Map<String, Double>> metrics(Iterable<MicroBatch> scored, BooleanSupplier stop) {
            during.run();
            if (stop.getAsBoolean()) {
                return Optional.empty();
            }
            List<MicroBatch> batches = new ArrayList<>();
            scored.forEach(batches::add);
            asked.add(batches.size());
            return Optional.of(Map.of("undefined", Double.NaN, "batches", (double) batches.size()));
        }
    }

    private static TrainingConfig config() {
        return TrainingConfig.builder().steps(8).evaluations(4).build();
    }

    private static Bert model() {
        return ToyTask.model(KERNELS, 8, 0, 0.1);
    }

    @Test
    void metricsAreOfTheDataThatIsScoredASampleMeanwhileAndAllAtTheEnd() {
        List<Evaluation> heard = new ArrayList<>();
        try (Bert model = model()) {
            Counting task = new Counting(model);
            try (Trainer trainer = new Trainer(task, config(), null)) {
                trainer.listen(new TrainingListener() {
                    @Override
                    public void onEvaluation(long step, Evaluation evaluation) {
                        heard.add(evaluation);
                    }
                });
                TrainingResult result = trainer.run();
                assertEquals(heard.get(3), result.evaluation());
            }
            assertEquals(List.of(1, 1, 1, 2), task.asked);
        }
        assertEquals(
                List.of("batches", "undefined"),
                List.copyOf(heard.get(0).metrics().keySet()),
                "the order of the goals");
        assertEquals(
                List.of(1.0, 1.0, 1.0, 2.0),
                heard.stream().map(at -> at.metrics().get("batches")).toList());
    }

    @Test
    void aStopGivesUpMetricsAndTheirEvaluationIsMadeUpFor() {
        List<Long> evaluated = new ArrayList<>();
        try (Bert model = model()) {
            Counting task = new Counting(model);
            try (Trainer trainer = new Trainer(task, config(), null)) {
                trainer.listen(new TrainingListener() {
                    @Override
                    public void onEvaluation(long step, Evaluation evaluation) {
                        evaluated.add(step);
                    }
                });
                task.during = trainer::requestStop;
                TrainingResult stopped = trainer.run();
                assertTrue(stopped.stopped());
                assertNull(stopped.evaluation());
                assertEquals(2, stopped.steps());
                assertEquals(List.of(), evaluated);
                task.during = () -> {};
                assertFalse(trainer.run().stopped());
            }
        }
        assertEquals(List.of(2L, 4L, 6L, 8L), evaluated);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "loss", "step", "stopped", "toy", "toy_accuracy", "toy_count"})
    void aMetricWithTheNameOfAnotherFigureIsRefusedBeforeTheRun(String name) {
        try (Bert model = model()) {
            Counting task = new Counting(model);
            task.goals.put(name, MetricGoal.LOWER);
            String message = assertThrows(IllegalArgumentException.class, () -> new Trainer(task, config(), null))
                    .getMessage();
            assertTrue(message.contains("Received: " + name + "."), message);
        }
    }

    @Test
    void metricsThatTheGoalsDoNotNameAreRefused() {
        try (Bert model = model()) {
            Counting task = new Counting(model);
            task.goals.put("f1", MetricGoal.HIGHER);
            try (Trainer trainer = new Trainer(task, config(), null)) {
                String message = assertThrows(IllegalArgumentException.class, trainer::run)
                        .getMessage();
                assertTrue(message.contains("[batches, undefined, f1]"), message);
            }
        }
    }

    @Test
    void aLossWithoutRightAnswersHasNoAccuracy() {
        LossSum error = new LossSum(3, LossSum.NO_ANSWERS);
        Score score = Score.of(LossSum.ZERO.plus(error).plus(error), 4);
        assertFalse(score.hasAccuracy());
        assertEquals(new Score(1.5, Double.NaN, 4), score);
        assertTrue(Score.of(LossSum.ZERO.plus(new LossSum(3, 0)), 4).hasAccuracy());
    }

    @Test
    void nanIsTheWorstAndEqualValuesAreNotBetter() {
        for (MetricGoal goal : MetricGoal.values()) {
            assertFalse(goal.isBetter(Double.NaN, Double.NaN, 0));
            assertFalse(goal.isBetter(Double.NaN, 1, 0));
            assertTrue(goal.isBetter(1, Double.NaN, 5));
            assertFalse(goal.isBetter(1, 1, 0));
        }
        assertTrue(MetricGoal.HIGHER.isBetter(2, 1, 0.5));
        assertFalse(MetricGoal.HIGHER.isBetter(2, 1, 1));
        assertTrue(MetricGoal.LOWER.isBetter(1, 2, 0.5));
        assertFalse(MetricGoal.LOWER.isBetter(1, 2, 1));
    }
}
