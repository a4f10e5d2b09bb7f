package io.github.cloze4j.pretrain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.data.Objective;
import io.github.cloze4j.data.masking.Masking;
import java.lang.reflect.RecordComponent;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

class PretrainingConfigTest {
    @Test
    void everyRangeIsChecked() {
        List<UnaryOperator<PretrainingConfig.Builder>> wrong = List.of(
                builder -> builder.batchSize(0),
                builder -> builder.batchSize((1 << 20) + 1),
                builder -> builder.seqLen(2),
                builder -> builder.seqLen((1 << 20) + 1),
                builder -> builder.batchSize(1 << 15).seqLen((1 << 13) + 1),
                builder -> builder.seqLen(Objective.MLM_NSP.shortestRow() - 1).objective(Objective.MLM_NSP),
                builder -> builder.maskProbability(0),
                builder -> builder.maskProbability(1.01),
                builder -> builder.maskProbability(Double.NaN),
                builder -> builder.maskReplaceProbability(-0.1),
                builder -> builder.randomReplaceProbability(0.3));
        for (UnaryOperator<PretrainingConfig.Builder> setting : wrong) {
            String message = assertThrows(
                            IllegalArgumentException.class,
                            () -> setting.apply(PretrainingConfig.builder()).build())
                    .getMessage();
            assertTrue(message.matches("Expected .*\\. Received: .*"), message);
        }
    }

    @Test
    @SuppressWarnings("NullAway") // as a caller without NullAway does
    void nullIsRefusedWhenTheConfigurationIsMade() {
        List<UnaryOperator<PretrainingConfig.Builder>> wrong =
                List.of(builder -> builder.masking(null), builder -> builder.objective(null));
        for (UnaryOperator<PretrainingConfig.Builder> setting : wrong) {
            assertThrows(NullPointerException.class, () -> setting.apply(PretrainingConfig.builder())
                    .build());
        }
    }

    @Test
    void aBuilderBeginsWithEverySettingOfAConfiguration() throws ReflectiveOperationException {
        PretrainingConfig config = PretrainingConfig.builder()
                .batchSize(3)
                .seqLen(9)
                .objective(Objective.MLM_NSP)
                .masking(Masking.SPAN)
                .maskProbability(0.5)
                .maskReplaceProbability(0.5)
                .randomReplaceProbability(0.25)
                .clmShare(0.5)
                .seed(11)
                .recomputeActivations(true)
                .build();
        PretrainingConfig defaults = PretrainingConfig.builder().build();
        for (RecordComponent setting : PretrainingConfig.class.getRecordComponents()) {
            assertNotEquals(
                    setting.getAccessor().invoke(defaults),
                    setting.getAccessor().invoke(config),
                    "the test sets no " + setting.getName());
        }
        assertEquals(config, config.toBuilder().build());
        assertEquals(defaults, defaults.toBuilder().build());
    }
}
