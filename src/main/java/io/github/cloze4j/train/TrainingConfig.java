package io.github.cloze4j.train;

import io.github.cloze4j.optim.ScheduleKind;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How to train; every default of training stands in {@link #defaults()} and nowhere else. Change single settings with
 * the {@code with…} methods.
 *
 * @param batchSize rows of a micro-batch
 * @param seqLen tokens of a row
 * @param accumulate micro-batches of an optimizer step
 * @param steps budget in optimizer steps; null where {@code timeLimit} is the budget
 * @param timeLimit budget in training time; null where {@code steps} is the budget
 * @param learningRate the peak
 * @param warmup share of the budget spent on linear warm-up, in [0, 1]
 * @param schedule shape after the warm-up
 * @param weightDecay decoupled, not for biases and LayerNorm
 * @param beta1 of AdamW
 * @param beta2 of AdamW
 * @param epsilon of AdamW, outside the root
 * @param maxGradientNorm global-norm clip; 0 clips nothing
 * @param maskProbability share of tokens that are masked
 * @param seed of everything that is drawn; every value is a seed
 * @param evaluateEvery optimizer steps between evaluations; 0 evaluates at the end only
 * @param saveEvery optimizer steps between checkpoints; 0 saves at the end only
 * @param keepCheckpoints how many checkpoints are kept, at least 1
 */
public record TrainingConfig(
        int batchSize,
        int seqLen,
        int accumulate,
        @Nullable Long steps,
        @Nullable Duration timeLimit,
        double learningRate,
        double warmup,
        ScheduleKind schedule,
        double weightDecay,
        double beta1,
        double beta2,
        double epsilon,
        double maxGradientNorm,
        double maskProbability,
        long seed,
        long evaluateEvery,
        long saveEvery,
        int keepCheckpoints) {

    /** A thousand steps of 16 × 128 tokens. */
    public static TrainingConfig defaults() {
        return new TrainingConfig(
                16, 128, 1, 1000L, null, 1e-3, 0.06, ScheduleKind.LINEAR, 0.01, 0.9, 0.98, 1e-6, 1.0, 0.15, 0, 0, 0, 2);
    }
}
