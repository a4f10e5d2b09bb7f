package io.github.cloze4j.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.optim.OptimizerKind;
import io.github.cloze4j.optim.ScheduleKind;
import java.lang.reflect.RecordComponent;
import java.time.Duration;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

class TrainingConfigTest {
    @Test
    void theBudgetSetLastCounts() {
        TrainingConfig steps = TrainingConfig.builder()
                .timeLimit(Duration.ofSeconds(3))
                .steps(7)
                .build();
        TrainingConfig epochs = TrainingConfig.builder().steps(7).epochs(1.5).build();
        TrainingConfig time = TrainingConfig.builder()
                .steps(7)
                .epochs(1.5)
                .timeLimit(Duration.ofSeconds(3))
                .build();

        assertEquals(7L, steps.steps());
        assertNull(steps.epochs());
        assertNull(steps.timeLimit());
        assertEquals(1.5, epochs.epochs());
        assertNull(epochs.steps());
        assertNull(epochs.timeLimit());
        assertNull(time.steps());
        assertNull(time.epochs());
        assertEquals(Duration.ofSeconds(3), time.timeLimit());
    }

    @Test
    void whatSaysWhenToEvaluateAndSaveLastCounts() {
        TrainingConfig steps =
                TrainingConfig.builder().evaluateEvery(7).saveEvery(8).build();
        assertEquals(List.of(7L, 0, 8L, Duration.ZERO), times(steps));
        TrainingConfig.Builder builder = steps.toBuilder().evaluations(5).saveEvery(Duration.ofSeconds(9));
        assertEquals(List.of(0L, 5, 0L, Duration.ofSeconds(9)), times(builder.build()));
        TrainingConfig end = builder.evaluateEvery(0).saveEvery(0).build();
        assertEquals(List.of(0L, 0, 0L, Duration.ZERO), times(end));
    }

    private static List<Object> times(TrainingConfig config) {
        return List.of(config.evaluateEvery(), config.evaluations(), config.saveEvery(), config.saveInterval());
    }

    @Test
    void everyRangeIsChecked() {
        List<UnaryOperator<TrainingConfig.Builder>> wrong = List.of(
                builder -> builder.accumulate(0),
                builder -> builder.steps(0),
                builder -> builder.epochs(0),
                builder -> builder.epochs(Double.NaN),
                builder -> builder.epochs(Double.POSITIVE_INFINITY),
                builder -> builder.timeLimit(Duration.ZERO),
                builder -> builder.learningRate(Double.NaN),
                builder -> builder.warmup(1.01),
                builder -> builder.weightDecay(-1),
                builder -> builder.beta1(1),
                builder -> builder.beta2(-0.1),
                builder -> builder.epsilon(0),
                builder -> builder.maxGradientNorm(-1),
                builder -> builder.layerDecay(0),
                builder -> builder.layerDecay(1.5),
                builder -> builder.evaluateEvery(-1),
                builder -> builder.evaluations(-1),
                builder -> builder.saveEvery(-1),
                builder -> builder.saveEvery(Duration.ofMillis(-1)));
        for (UnaryOperator<TrainingConfig.Builder> setting : wrong) {
            String message = assertThrows(IllegalArgumentException.class, () -> setting.apply(TrainingConfig.builder())
                            .build())
                    .getMessage();
            assertTrue(message.matches("Expected .*\\. Received: .*"), message);
        }
    }

    @Test
    @SuppressWarnings("NullAway") // as a caller without NullAway does
    void nullIsRefusedWhenTheConfigurationIsMade() {
        List<UnaryOperator<TrainingConfig.Builder>> wrong =
                List.of(builder -> builder.schedule(null), builder -> builder.optimizer(null));
        for (UnaryOperator<TrainingConfig.Builder> setting : wrong) {
            assertThrows(NullPointerException.class, () -> setting.apply(TrainingConfig.builder())
                    .build());
        }
    }

    @Test
    void aBuilderBeginsWithEverySettingOfAConfiguration() throws ReflectiveOperationException {
        TrainingConfig config = TrainingConfig.builder()
                .accumulate(2)
                .timeLimit(Duration.ofSeconds(5))
                .learningRate(0.5)
                .warmup(0.25)
                .schedule(ScheduleKind.COSINE)
                .optimizer(OptimizerKind.BERT)
                .weightDecay(0.125)
                .beta1(0.5)
                .beta2(0.25)
                .epsilon(0.0625)
                .maxGradientNorm(7)
                .layerDecay(0.5)
                .evaluateEvery(4)
                .saveEvery(6)
                .selection(new ModelSelection("loss", true, 3, 0.5))
                .build();
        TrainingConfig defaults = TrainingConfig.builder().build();
        for (RecordComponent setting : TrainingConfig.class.getRecordComponents()) {
            if (setting.getName().equals("epochs")) {
                // A configuration has one budget: this one has none by default either.
                continue;
            }
            assertNotEquals(
                    setting.getAccessor().invoke(defaults),
                    setting.getAccessor().invoke(config),
                    "the test sets no " + setting.getName());
        }
        assertEquals(config, config.toBuilder().build());
        TrainingConfig epochs = config.toBuilder().epochs(2.5).build();
        assertEquals(2.5, epochs.epochs());
        assertEquals(epochs, epochs.toBuilder().build());
        assertEquals(defaults, defaults.toBuilder().build());
    }
}
