package io.github.cloze4j.train;

import io.github.cloze4j.data.MlmBatch;
import io.github.cloze4j.data.Objective;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The ranges of the numbers in a {@link TrainingConfig}. Every method throws {@link IllegalArgumentException}. */
final class TrainingRanges {
    /** The most rows of a micro-batch, and the most tokens of a row. */
    private static final int MAXIMUM = 1 << 20;

    private static final int MAXIMUM_TOKENS = 1 << 28;

    /** A run that is asked to stop ends its step first, so that a step may not take for ever. */
    private static final int MAXIMUM_MICRO_BATCHES = 1 << 16;

    private static final long MAXIMUM_STEPS = 1_000_000_000_000L;

    private TrainingRanges() {}

    static void requireRows(int batchSize, int seqLen, int accumulate, Objective objective) {
        require(batchSize >= 1 && batchSize <= MAXIMUM, "a batch size from 1 to " + MAXIMUM, batchSize);
        // [CLS], a word and [SEP].
        require(seqLen >= 3 && seqLen <= MAXIMUM, "a sequence length from 3 to " + MAXIMUM, seqLen);
        require(
                (long) batchSize * seqLen <= MAXIMUM_TOKENS,
                "a micro-batch of at most " + MAXIMUM_TOKENS + " tokens",
                (long) batchSize * seqLen);
        require(
                !objective.hasPairs() || seqLen >= MlmBatch.SHORTEST_PAIR,
                "a sequence length of at least " + MlmBatch.SHORTEST_PAIR + " for pairs",
                seqLen);
        require(
                accumulate >= 1 && accumulate <= MAXIMUM_MICRO_BATCHES,
                "from 1 to " + MAXIMUM_MICRO_BATCHES + " micro-batches a step",
                accumulate);
    }

    static void requireBudget(@Nullable Long steps, @Nullable Duration timeLimit) {
        require((steps == null) != (timeLimit == null), "a budget in steps or in time", steps + " and " + timeLimit);
        require(
                steps == null || (steps >= 1 && steps <= MAXIMUM_STEPS),
                "from 1 to " + MAXIMUM_STEPS + " steps",
                steps);
        require(timeLimit == null || timeLimit.compareTo(Duration.ZERO) > 0, "a time limit above 0", timeLimit);
    }

    static void requireOptimizer(
            double learningRate,
            double warmup,
            double weightDecay,
            double beta1,
            double beta2,
            double epsilon,
            double maxGradientNorm) {
        require(learningRate > 0 && learningRate < Double.POSITIVE_INFINITY, "a learning rate above 0", learningRate);
        require(warmup >= 0 && warmup <= 1, "a warm-up share in [0, 1]", warmup);
        require(weightDecay >= 0 && weightDecay < 1, "a weight decay in [0, 1)", weightDecay);
        require(beta1 >= 0 && beta1 < 1, "beta1 in [0, 1)", beta1);
        require(beta2 >= 0 && beta2 < 1, "beta2 in [0, 1)", beta2);
        require(epsilon > 0 && epsilon < 1, "epsilon in (0, 1)", epsilon);
        require(maxGradientNorm >= 0, "a gradient norm of at least 0", maxGradientNorm);
    }

    static void requireMaskProbability(double maskProbability) {
        require(maskProbability > 0 && maskProbability <= 1, "a mask probability in (0, 1]", maskProbability);
    }

    static void requireTimetable(long evaluateEvery, int evaluations, long saveEvery, Duration saveInterval) {
        require(evaluateEvery >= 0, "steps between evaluations of at least 0", evaluateEvery);
        require(evaluations >= 0, "a number of evaluations of at least 0", evaluations);
        require(evaluateEvery == 0 || evaluations == 0, "evaluations every so many steps or a number of them", "both");
        require(saveEvery >= 0, "steps between checkpoints of at least 0", saveEvery);
        require(!saveInterval.isNegative(), "a time between checkpoints of at least 0", saveInterval);
        require(saveEvery == 0 || saveInterval.isZero(), "checkpoints by steps or by time", "both");
    }

    private static void require(boolean holds, String expected, @Nullable Object received) {
        if (!holds) {
            throw new IllegalArgumentException("Expected " + expected + ". Received: " + received);
        }
    }
}
