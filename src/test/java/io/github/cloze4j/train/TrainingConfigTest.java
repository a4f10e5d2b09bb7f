package io.github.cloze4j.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

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
        TrainingConfig time = TrainingConfig.builder()
                .steps(7)
                .timeLimit(Duration.ofSeconds(3))
                .build();

        assertEquals(7L, steps.steps());
        assertNull(steps.timeLimit());
        assertNull(time.steps());
        assertEquals(Duration.ofSeconds(3), time.timeLimit());
    }

    @Test
    void everyRangeIsChecked() {
        List<UnaryOperator<TrainingConfig.Builder>> wrong = List.of(
                builder -> builder.batchSize(0),
                builder -> builder.seqLen(2),
                builder -> builder.accumulate(0),
                builder -> builder.steps(0),
                builder -> builder.timeLimit(Duration.ZERO),
                builder -> builder.learningRate(Double.NaN),
                builder -> builder.warmup(1.01),
                builder -> builder.weightDecay(-1),
                builder -> builder.beta1(1),
                builder -> builder.beta2(-0.1),
                builder -> builder.epsilon(0),
                builder -> builder.maxGradientNorm(-1),
                builder -> builder.maskProbability(0),
                builder -> builder.maskReplaceProbability(-0.1),
                builder -> builder.randomReplaceProbability(0.3),
                builder -> builder.evaluateEvery(-1),
                builder -> builder.saveEvery(-1));
        for (UnaryOperator<TrainingConfig.Builder> setting : wrong) {
            String message = assertThrows(IllegalArgumentException.class, () -> setting.apply(TrainingConfig.builder())
                            .build())
                    .getMessage();
            assertTrue(message.matches("Expected .*\\. Received: .*"), message);
        }
    }
}
