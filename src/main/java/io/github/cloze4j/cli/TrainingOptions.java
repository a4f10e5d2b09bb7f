package io.github.cloze4j.cli;

import io.github.cloze4j.optim.OptimizerKind;
import io.github.cloze4j.optim.ScheduleKind;
import io.github.cloze4j.train.ModelSelection;
import io.github.cloze4j.train.TrainingConfig;
import java.time.Duration;
import java.util.Objects;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How to train, whatever is trained: budget, learning rate, optimizer, evaluations and checkpoints. */
public final class TrainingOptions {
    @Option(
            names = "--accumulate",
            paramLabel = "N",
            description = "Micro-batches of a step (default: ${DEFAULT-VALUE}).")
    private int accumulate;

    @Option(
            names = "--steps",
            paramLabel = "N",
            description = "Budget in steps (default: 1000; three minutes without a corpus; of finetune 3 epochs).")
    private @Nullable Long steps;

    @Option(
            names = "--epochs",
            paramLabel = "X",
            description = "Budget in passes over the training text, such as 3 or 0.5, in the place of --steps.")
    private @Nullable Double epochs;

    @Option(
            names = "--time-limit",
            paramLabel = "TIME",
            description = "Budget in training time, such as 300s, 5m or 1.5h, in the place of --steps.")
    private @Nullable Duration timeLimit;

    @Option(
            names = "--lr",
            paramLabel = "X",
            description =
                    "Peak learning rate (default: ${DEFAULT-VALUE}; of pretrain with muon 4e-3, --from 2e-5; of adapters"
                            + " 5e-4).")
    private double learningRate;

    @Option(
            names = "--warmup",
            paramLabel = "X",
            description = "Share of the budget in which the learning rate rises (default: ${DEFAULT-VALUE}).")
    private double warmup;

    @Option(
            names = "--schedule",
            paramLabel = "NAME",
            description =
                    "After the warm-up: linear, linear-google (decay counted from step 0), cosine, warmup-stable-decay or"
                            + " constant (default: ${DEFAULT-VALUE}).")
    private ScheduleKind schedule = ScheduleKind.LINEAR;

    @Option(
            names = "--optimizer",
            paramLabel = "NAME",
            description =
                    "adamw, bert (Google's, without bias correction), or muon for the matrices of the layers with adamw for"
                            + " the rest (default: ${DEFAULT-VALUE}).")
    private OptimizerKind optimizer = OptimizerKind.ADAMW;

    @Option(
            names = "--weight-decay",
            paramLabel = "X",
            description = "Decoupled weight decay (default: ${DEFAULT-VALUE}).")
    private double weightDecay;

    @Option(names = "--beta1", paramLabel = "X", description = "The optimizer's beta1 (default: ${DEFAULT-VALUE}).")
    private double beta1;

    @Option(names = "--beta2", paramLabel = "X", description = "The optimizer's beta2 (default: ${DEFAULT-VALUE}).")
    private double beta2;

    @Option(names = "--epsilon", paramLabel = "X", description = "The optimizer's epsilon (default: ${DEFAULT-VALUE}).")
    private double epsilon;

    @Option(
            names = "--evaluations",
            paramLabel = "N",
            description =
                    "Evaluations over the whole budget; all but the last on a sample of the held-out data (default:"
                            + " 12; of finetune one an epoch).")
    private @Nullable Integer evaluations;

    @Option(
            names = "--eval-every",
            paramLabel = "N",
            description = "Steps between evaluations on all held-out text, in the place of --evaluations; 0: at the end"
                    + " only.")
    private @Nullable Long evaluateEvery;

    @Option(
            names = "--save-every",
            paramLabel = "N|TIME",
            description = "Steps or time between checkpoints, such as 500 or 5m; 0: at the end only (default:"
                    + " ${DEFAULT-VALUE}).")
    private @Nullable SaveInterval saveEvery;

    @Option(
            names = "--best-metric",
            paramLabel = "NAME",
            description =
                    "End with the model of the best evaluation by loss (the sum), a loss such as mlm, its accuracy"
                            + " such as mlm_accuracy, or a metric of the task.")
    private @Nullable String bestMetric;

    @Option(
            names = "--early-stopping",
            paramLabel = "N",
            description = "Stop after N evaluations in a row that do not improve --best-metric, or loss without it, and"
                    + " end with the best model; 0: never.")
    private @Nullable Integer earlyStopping;

    /** @throws IllegalArgumentException if a value is out of its range */
    public TrainingConfig config() {
        return builder().build();
    }

    /**
     * As {@link #config()}, with another default of the budget.
     *
     * @param budget sets the budget, if none was asked for
     * @throws IllegalArgumentException if a value is out of its range
     */
    public TrainingConfig config(UnaryOperator<TrainingConfig.Builder> budget) {
        TrainingConfig.Builder builder = builder();
        boolean asked = steps != null || epochs != null || timeLimit != null;
        return (asked ? builder : budget.apply(builder)).build();
    }

    private TrainingConfig.Builder builder() {
        if (Stream.of(steps, epochs, timeLimit).filter(Objects::nonNull).count() > 1) {
            throw new IllegalArgumentException(
                    "Expected one of --steps, --epochs and --time-limit. Received: several. Keep one of them");
        }
        if (evaluations != null && evaluateEvery != null) {
            throw new IllegalArgumentException(
                    "Expected --evaluations or --eval-every. Received: both. Leave one of them out");
        }
        TrainingConfig.Builder builder = TrainingConfig.builder()
                .accumulate(accumulate)
                .learningRate(learningRate)
                .warmup(warmup)
                .schedule(schedule)
                .optimizer(optimizer)
                .weightDecay(weightDecay)
                .beta1(beta1)
                .beta2(beta2)
                .epsilon(epsilon);
        int patience = earlyStopping == null ? 0 : earlyStopping;
        if (bestMetric != null || patience != 0) {
            builder.selection(new ModelSelection(bestMetric == null ? "loss" : bestMetric, true, patience, 0));
        }
        if (saveEvery != null) {
            saveEvery.apply(builder);
        }
        if (evaluations != null) {
            builder.evaluations(evaluations);
        }
        if (evaluateEvery != null) {
            builder.evaluateEvery(evaluateEvery);
        }
        if (steps != null) {
            builder.steps(steps);
        }
        if (epochs != null) {
            builder.epochs(epochs);
        }
        if (timeLimit != null) {
            builder.timeLimit(timeLimit);
        }
        return builder;
    }
}
