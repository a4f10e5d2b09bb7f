package io.github.cloze4j.train;

import io.github.cloze4j.optim.LearningRateSchedule;
import io.github.cloze4j.optim.Optimizer;
import io.github.cloze4j.optim.OptimizerKind;
import io.github.cloze4j.optim.ScheduleKind;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The settings of a training, whatever is trained. {@link #builder()} has every default, and no other place has one. Settings
 * that depend on the data, such as the batch size, belong to the {@link TrainingTask}.
 *
 * <p>Immutable and thread-safe.
 *
 * @param accumulate micro-batches of an optimizer step
 * @param steps budget in optimizer steps, or null for another budget
 * @param epochs budget in passes over the training data, such as 2.5, or null for another budget. The last step may read some
 *     rows more, because every step is a whole one
 * @param timeLimit budget in training time, evaluating and saving excluded, or null for another budget. The learning rate then
 *     follows the clock, so that two runs are not the same to the last bit
 * @param learningRate the peak
 * @param warmup share of the budget spent on linear warm-up, in [0, 1]
 * @param schedule shape after the warm-up
 * @param optimizer the optimizer; betas and epsilon are those of AdamW, also beside Muon
 * @param weightDecay decoupled, not for biases and LayerNorm
 * @param beta1 decay of AdamW's first moment, in [0, 1)
 * @param beta2 decay of AdamW's second moment, in [0, 1)
 * @param epsilon added to the root of AdamW's second moment, in (0, 1)
 * @param maxGradientNorm global-norm clip; 0 clips nothing
 * @param layerDecay the learning rate of each layer as a multiple of that of the layer above, in (0, 1]: layer-wise decay
 *     (Howard and Ruder, 2018; Clark et al., 2020). Heads have the {@code learningRate}, the top layer of the encoder {@code
 *     layerDecay} times as much, the embeddings {@code layerDecay} to the power of the number of layers plus 1. {@link
 *     TrainingTask#layersAbove} counts the layers
 * @param evaluateEvery optimizer steps between evaluations; 0 if {@code evaluations} counts
 * @param evaluations evaluations over the whole budget; 0 if {@code evaluateEvery} counts. If both are 0, only the end is
 *     evaluated
 * @param saveEvery optimizer steps between checkpoints; 0 if {@code saveInterval} counts
 * @param saveInterval the time between checkpoints; zero if {@code saveEvery} counts. If both are 0, only the end is saved
 * @param selection the choice of the best model and early stopping, or null for neither: the run ends with its last model
 */
public record TrainingConfig(
        int accumulate,
        @Nullable Long steps,
        @Nullable Double epochs,
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
        double layerDecay,
        long evaluateEvery,
        int evaluations,
        long saveEvery,
        Duration saveInterval,
        @Nullable ModelSelection selection) {
    /** The peak for a model that has been trained: Google's advice for further steps from a published BERT. */
    public static final double FURTHER_LEARNING_RATE = 2e-5;

    /** The peak for an adapter: its updates begin at 0, and with the rate of whole models they hardly move. */
    public static final double ADAPTER_LEARNING_RATE = 5e-4;

    /** The peak for a new model with {@link OptimizerKind#MUON}, which bears higher rates: measured, see numerics.md. */
    public static final double MUON_LEARNING_RATE = 4e-3;

    /** Checks every range. */
    public TrainingConfig {
        Objects.requireNonNull(schedule, "schedule");
        Objects.requireNonNull(optimizer, "optimizer");
        Objects.requireNonNull(saveInterval, "saveInterval");
        TrainingRanges.requireAccumulate(accumulate);
        TrainingRanges.requireBudget(steps, epochs, timeLimit);
        TrainingRanges.requireOptimizer(learningRate, warmup, weightDecay, beta1, beta2, epsilon, maxGradientNorm);
        TrainingRanges.requireLayerDecay(layerDecay);
        TrainingRanges.requireTimetable(evaluateEvery, evaluations, saveEvery, saveInterval);
        TrainingRanges.requireEvaluations(selection, evaluateEvery, evaluations);
    }

    /** The micro-batches of a run whose budget is steps; {@link Long#MAX_VALUE} for another budget. */
    long microBatches() {
        return steps == null ? Long.MAX_VALUE : Math.multiplyExact(steps, accumulate);
    }

    /** An optimizer with these settings, at the beginning of a run of a task. */
    Optimizer newOptimizer(TrainingTask task) {
        return optimizer.create(
                task.parameters(),
                beta1,
                beta2,
                epsilon,
                weightDecay,
                parameter -> Math.pow(layerDecay, task.layersAbove(parameter.name())));
    }

    /** The learning rate over the run. */
    public LearningRateSchedule learningRateSchedule() {
        return new LearningRateSchedule(schedule, learningRate, warmup);
    }

    /** The defaults: a thousand steps. */
    public static Builder builder() {
        return new Builder();
    }

    /** Starts with the settings of this configuration in the place of the defaults. */
    public Builder toBuilder() {
        Builder builder = new Builder();
        builder.accumulate = accumulate;
        builder.steps = steps;
        builder.epochs = epochs;
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
        builder.layerDecay = layerDecay;
        builder.evaluateEvery = evaluateEvery;
        builder.evaluations = evaluations;
        builder.saveEvery = saveEvery;
        builder.saveInterval = saveInterval;
        builder.selection = selection;
        return builder;
    }

    /** Collects settings; what is not set keeps its default. */
    public static final class Builder {
        private int accumulate = 1;
        private @Nullable Long steps = 1000L;
        private @Nullable Double epochs;
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
        private double layerDecay = 1;
        private long evaluateEvery;
        private int evaluations = 12;
        private long saveEvery;
        private Duration saveInterval = Duration.ofMinutes(5);
        private @Nullable ModelSelection selection;

        private Builder() {}

        /** Micro-batches of an optimizer step. */
        public Builder accumulate(int value) {
            accumulate = value;
            return this;
        }

        /** A budget in optimizer steps, in the place of any other. */
        public Builder steps(long value) {
            steps = value;
            epochs = null;
            timeLimit = null;
            return this;
        }

        /** A budget in passes over the training data, in the place of any other. */
        public Builder epochs(double value) {
            epochs = value;
            steps = null;
            timeLimit = null;
            return this;
        }

        /** A budget in training time, in the place of any other. */
        public Builder timeLimit(Duration value) {
            timeLimit = value;
            steps = null;
            epochs = null;
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

        /** Learning rate of a layer as a multiple of that of the layer above, in (0, 1]; 1: all layers have the same. */
        public Builder layerDecay(double value) {
            layerDecay = value;
            return this;
        }

        /** The choice of the best model and early stopping; null for neither. */
        public Builder selection(@Nullable ModelSelection value) {
            selection = value;
            return this;
        }

        /**
         * The settings.
         *
         * @throws IllegalArgumentException if one is out of its range
         */
        public TrainingConfig build() {
            return new TrainingConfig(
                    accumulate,
                    steps,
                    epochs,
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
                    layerDecay,
                    evaluateEvery,
                    evaluations,
                    saveEvery,
                    saveInterval,
                    selection);
        }
    }
}
