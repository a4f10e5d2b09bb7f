package io.github.cloze4j.train;

import java.time.Duration;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The ranges of the numbers in a {@link TrainingConfig}. Every method throws {@link IllegalArgumentException}. */
final class TrainingRanges {
    /** A run that is asked to stop ends its step first, so that a step may not take for ever. */
    private static final int MAXIMUM_MICRO_BATCHES = 1 << 16;

    private static final long MAXIMUM_STEPS = 1_000_000_000_000L;

    private TrainingRanges() {}

    static void requireAccumulate(int accumulate) {
        require(
                accumulate >= 1 && accumulate <= MAXIMUM_MICRO_BATCHES,
                "from 1 to " + MAXIMUM_MICRO_BATCHES + " micro-batches a step",
                accumulate);
    }

    static void requireBudget(@Nullable Long steps, @Nullable Double epochs, @Nullable Duration timeLimit) {
        long budgets =
                Stream.of(steps, epochs, timeLimit).filter(Objects::nonNull).count();
        require(budgets == 1, "a budget in steps, in epochs or in time", steps + ", " + epochs + " and " + timeLimit);
        require(
                steps == null || (steps >= 1 && steps <= MAXIMUM_STEPS),
                "from 1 to " + MAXIMUM_STEPS + " steps",
                steps);
        require(epochs == null || (epochs > 0 && epochs <= MAXIMUM_STEPS), "epochs above 0", epochs);
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

    static void requireLayerDecay(double layerDecay) {
        require(layerDecay > 0 && layerDecay <= 1, "a decay of the learning rate by layers in (0, 1]", layerDecay);
    }

    static void requireTimetable(long evaluateEvery, int evaluations, long saveEvery, Duration saveInterval) {
        require(evaluateEvery >= 0, "steps between evaluations of at least 0", evaluateEvery);
        require(evaluations >= 0, "a number of evaluations of at least 0", evaluations);
        require(evaluateEvery == 0 || evaluations == 0, "evaluations every so many steps or a number of them", "both");
        require(saveEvery >= 0, "steps between checkpoints of at least 0", saveEvery);
        require(!saveInterval.isNegative(), "a time between checkpoints of at least 0", saveInterval);
        require(saveEvery == 0 || saveInterval.isZero(), "checkpoints by steps or by time", "both");
    }

    static void requireEvaluations(@Nullable ModelSelection selection, long evaluateEvery, int evaluations) {
        require(
                selection == null || evaluateEvery > 0 || evaluations > 0,
                "evaluations during the run, by which the best model is selected",
                "none");
    }

    private static void require(boolean holds, String expected, @Nullable Object received) {
        if (!holds) {
            throw new IllegalArgumentException("Expected " + expected + ". Received: " + received);
        }
    }
}
