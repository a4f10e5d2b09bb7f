package io.github.cloze4j.train;

import io.github.cloze4j.data.Objective;
import io.github.cloze4j.data.masking.Masking;
import io.github.cloze4j.data.masking.MaskingMethod;
import io.github.cloze4j.data.masking.TokenReplacement;
import io.github.cloze4j.model.Initialization;
import io.github.cloze4j.optim.LearningRateSchedule;
import io.github.cloze4j.optim.OptimizerKind;
import io.github.cloze4j.optim.ScheduleKind;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How to train. Every default of training stands in {@link #builder()} and nowhere else.
 *
 * <p>Immutable and thread-safe.
 *
 * @param batchSize rows of a micro-batch
 * @param seqLen tokens of a row
 * @param accumulate micro-batches of an optimizer step
 * @param steps budget in optimizer steps; null where {@code timeLimit} is the budget
 * @param timeLimit budget in training time, evaluating and saving excluded; null where {@code steps} is the budget. The learning
 *     rate then follows the clock, so that two runs are not the same to the last bit
 * @param learningRate the peak
 * @param warmup share of the budget spent on linear warm-up, in [0, 1]
 * @param schedule shape after the warm-up
 * @param optimizer whether bias is corrected
 * @param weightDecay decoupled, not for biases and LayerNorm
 * @param beta1 of the optimizer, in [0, 1)
 * @param beta2 of the optimizer, in [0, 1)
 * @param epsilon of the optimizer, outside the root
 * @param maxGradientNorm global-norm clip; 0 clips nothing
 * @param maskProbability share of tokens that are masked, in (0, 1]
 * @param masking how tokens are chosen for masking: a {@link Masking}, or a method of one's own
 * @param objective masked tokens alone, or with a question about pairs of texts
 * @param maskReplaceProbability share of masked tokens that become {@code [MASK]}, in [0, 1]
 * @param randomReplaceProbability share of masked tokens that become a random token, in [0, 1 - maskReplaceProbability]
 * @param seed of everything that is drawn; every value is a seed
 * @param initialization how whoever makes the model draws its weights, from this seed
 * @param recomputeActivations whether backward computes activations again instead of keeping them: less memory, more time,
 *     the same numbers
 * @param evaluateEvery optimizer steps between evaluations; 0 where {@code evaluations} counts
 * @param evaluations evaluations over the whole budget; 0 where {@code evaluateEvery} counts. Where both are 0, the end is
 *     evaluated only
 * @param saveEvery optimizer steps between checkpoints; 0 where {@code saveInterval} counts
 * @param saveInterval the time between checkpoints; zero where {@code saveEvery} counts. Where both are 0, the end is saved
 *     only
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
        OptimizerKind optimizer,
        double weightDecay,
        double beta1,
        double beta2,
        double epsilon,
        double maxGradientNorm,
        double maskProbability,
        MaskingMethod masking,
        Objective objective,
        double maskReplaceProbability,
        double randomReplaceProbability,
        long seed,
        Initialization initialization,
        boolean recomputeActivations,
        long evaluateEvery,
        int evaluations,
        long saveEvery,
        Duration saveInterval) {
    /** The peak for a model that has been trained: Google's advice for further steps from a published BERT. */
    public static final double FURTHER_LEARNING_RATE = 2e-5;

    /** Checks every range. */
    public TrainingConfig {
        Objects.requireNonNull(schedule, "schedule");
        Objects.requireNonNull(optimizer, "optimizer");
        Objects.requireNonNull(masking, "masking");
        Objects.requireNonNull(objective, "objective");
        Objects.requireNonNull(initialization, "initialization");
        Objects.requireNonNull(saveInterval, "saveInterval");
        TrainingRanges.requireRows(batchSize, seqLen, accumulate, objective);
        TrainingRanges.requireBudget(steps, timeLimit);
        TrainingRanges.requireOptimizer(learningRate, warmup, weightDecay, beta1, beta2, epsilon, maxGradientNorm);
        TrainingRanges.requireMaskProbability(maskProbability);
        new TokenReplacement(maskReplaceProbability, randomReplaceProbability);
        TrainingRanges.requireTimetable(evaluateEvery, evaluations, saveEvery, saveInterval);
    }

    /** What masked tokens become. */
    public TokenReplacement tokenReplacement() {
        return new TokenReplacement(maskReplaceProbability, randomReplaceProbability);
    }

    /** The learning rate over the run. */
    public LearningRateSchedule learningRateSchedule() {
        return new LearningRateSchedule(schedule, learningRate, warmup);
    }

    /** The defaults: a thousand steps of 16 × 128 tokens. */
    public static Builder builder() {
        return new Builder();
    }

    /** Starts with the settings of this configuration in the place of the defaults. */
    public Builder toBuilder() {
        Builder builder = new Builder();
        builder.batchSize = batchSize;
        builder.seqLen = seqLen;
        builder.accumulate = accumulate;
        builder.steps = steps;
        builder.timeLimit = timeLimit;
        builder.learningRate = learningRate;
        builder.warmup = warmup;
        builder.schedule = schedule;
        builder.optimizer = optimizer;
        builder.weightDecay = weightDecay;
        builder.beta1 = beta1;
        builder.beta2 = beta2;
        builder.epsilon = epsilon;
        builder.maxGradientNorm = maxGradientNorm;
        builder.maskProbability = maskProbability;
        builder.masking = masking;
        builder.objective = objective;
        builder.maskReplaceProbability = maskReplaceProbability;
        builder.randomReplaceProbability = randomReplaceProbability;
        builder.seed = seed;
        builder.initialization = initialization;
        builder.recomputeActivations = recomputeActivations;
        builder.evaluateEvery = evaluateEvery;
        builder.evaluations = evaluations;
        builder.saveEvery = saveEvery;
        builder.saveInterval = saveInterval;
        return builder;
    }

    /** Collects settings; what is not set keeps its default. */
    public static final class Builder {
        private int batchSize = 16;
        private int seqLen = 128;
        private int accumulate = 1;
        private @Nullable Long steps = 1000L;
        private @Nullable Duration timeLimit;
        private double learningRate = 1e-3;
        private double warmup = 0.06;
        private ScheduleKind schedule = ScheduleKind.LINEAR;
        private OptimizerKind optimizer = OptimizerKind.ADAMW;
        private double weightDecay = 0.01;
        private double beta1 = 0.9;
        private double beta2 = 0.98;
        private double epsilon = 1e-6;
        private double maxGradientNorm = 1;
        private double maskProbability = 0.15;
        private MaskingMethod masking = Masking.TOKEN;
        private Objective objective = Objective.MLM;
        private double maskReplaceProbability = TokenReplacement.BERT.mask();
        private double randomReplaceProbability = TokenReplacement.BERT.random();
        private long seed;
        private Initialization initialization = Initialization.NORMAL;
        private boolean recomputeActivations;
        private long evaluateEvery;
        private int evaluations = 12;
        private long saveEvery;
        private Duration saveInterval = Duration.ofMinutes(5);

        private Builder() {}

        /** Rows of a micro-batch. */
        public Builder batchSize(int value) {
            batchSize = value;
            return this;
        }

        /** Tokens of a row. */
        public Builder seqLen(int value) {
            seqLen = value;
            return this;
        }

        /** Micro-batches of an optimizer step. */
        public Builder accumulate(int value) {
            accumulate = value;
            return this;
        }

        /** A budget in optimizer steps, in the place of any other. */
        public Builder steps(long value) {
            steps = value;
            timeLimit = null;
            return this;
        }

        /** A budget in training time, in the place of any other. */
        public Builder timeLimit(Duration value) {
            timeLimit = value;
            steps = null;
            return this;
        }

        /** The peak of the learning rate. */
        public Builder learningRate(double value) {
            learningRate = value;
            return this;
        }

        /** Share of the budget spent on warm-up. */
        public Builder warmup(double value) {
            warmup = value;
            return this;
        }

        /** Shape of the learning rate after the warm-up. */
        public Builder schedule(ScheduleKind value) {
            schedule = value;
            return this;
        }

        /** Whether bias is corrected. */
        public Builder optimizer(OptimizerKind value) {
            optimizer = value;
            return this;
        }

        /** Decoupled weight decay. */
        public Builder weightDecay(double value) {
            weightDecay = value;
            return this;
        }

        /** Decay of the optimizer's first moment. */
        public Builder beta1(double value) {
            beta1 = value;
            return this;
        }

        /** Decay of the optimizer's second moment. */
        public Builder beta2(double value) {
            beta2 = value;
            return this;
        }

        /** The optimizer's epsilon. */
        public Builder epsilon(double value) {
            epsilon = value;
            return this;
        }

        /** Global-norm clip; 0 clips nothing. */
        public Builder maxGradientNorm(double value) {
            maxGradientNorm = value;
            return this;
        }

        /** Share of tokens that are masked. */
        public Builder maskProbability(double value) {
            maskProbability = value;
            return this;
        }

        /** How tokens are chosen for masking: a {@link Masking}, or a method of one's own. */
        public Builder masking(MaskingMethod value) {
            masking = value;
            return this;
        }

        /** Masked tokens alone, or with a question about pairs of texts. */
        public Builder objective(Objective value) {
            objective = value;
            return this;
        }

        /** Share of masked tokens that become {@code [MASK]}. */
        public Builder maskReplaceProbability(double value) {
            maskReplaceProbability = value;
            return this;
        }

        /** Share of masked tokens that become a random token. */
        public Builder randomReplaceProbability(double value) {
            randomReplaceProbability = value;
            return this;
        }

        /** Of everything that is drawn. */
        public Builder seed(long value) {
            seed = value;
            return this;
        }

        /** How initial weights are drawn. */
        public Builder initialization(Initialization value) {
            initialization = value;
            return this;
        }

        /** Whether backward computes activations again instead of keeping them. */
        public Builder recomputeActivations(boolean value) {
            recomputeActivations = value;
            return this;
        }

        /**
         * Optimizer steps between evaluations, each on all held-out text, in the place of {@link #evaluations}; 0 evaluates
         * at the end only.
         */
        public Builder evaluateEvery(long value) {
            evaluateEvery = value;
            evaluations = 0;
            return this;
        }

        /**
         * Evaluations of a run, spread evenly over its budget, in the place of {@link #evaluateEvery}. The last one, at the
         * end, is on all held-out text. The others are on the same sample of it each, of at most 1,024 rows, and of at most
         * an eightieth of the rows that a budget in steps trains on; so all of them together take a few per cent of the time.
         * 0 evaluates at the end only.
         */
        public Builder evaluations(int value) {
            evaluations = value;
            evaluateEvery = 0;
            return this;
        }

        /** Optimizer steps between checkpoints, in the place of a time; 0 saves at the end only. */
        public Builder saveEvery(long value) {
            saveEvery = value;
            saveInterval = Duration.ZERO;
            return this;
        }

        /**
         * The time between checkpoints, in the place of steps; zero saves at the end only. When a run is saved changes none
         * of its numbers.
         */
        public Builder saveEvery(Duration value) {
            saveInterval = value;
            saveEvery = 0;
            return this;
        }

        /**
         * The settings.
         *
         * @throws IllegalArgumentException if one is out of its range
         */
        public TrainingConfig build() {
            return new TrainingConfig(
                    batchSize,
                    seqLen,
                    accumulate,
                    steps,
                    timeLimit,
                    learningRate,
                    warmup,
                    schedule,
                    optimizer,
                    weightDecay,
                    beta1,
                    beta2,
                    epsilon,
                    maxGradientNorm,
                    maskProbability,
                    masking,
                    objective,
                    maskReplaceProbability,
                    randomReplaceProbability,
                    seed,
                    initialization,
                    recomputeActivations,
                    evaluateEvery,
                    evaluations,
                    saveEvery,
                    saveInterval);
        }
    }
}
