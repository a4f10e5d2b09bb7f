package io.github.cloze4j.cli;

import io.github.cloze4j.data.Objective;
import io.github.cloze4j.data.masking.Masking;
import io.github.cloze4j.model.Initialization;
import io.github.cloze4j.optim.OptimizerKind;
import io.github.cloze4j.optim.ScheduleKind;
import io.github.cloze4j.train.TrainingConfig;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How to train; defaults come from {@link PretrainDefaults}. */
final class TrainingOptions {
    @Option(names = "--seq-len", paramLabel = "N", description = "Tokens of a row (default: ${DEFAULT-VALUE}).")
    private int seqLen;

    @Option(
            names = "--batch-size",
            paramLabel = "N",
            description = "Rows of a micro-batch (default: ${DEFAULT-VALUE}).")
    private int batchSize;

    @Option(
            names = "--accumulate",
            paramLabel = "N",
            description = "Micro-batches of a step (default: ${DEFAULT-VALUE}).")
    private int accumulate;

    @Option(
            names = "--steps",
            paramLabel = "N",
            description = "Budget in steps (default: 1000; three minutes without a corpus).")
    private @Nullable Long steps;

    @Option(
            names = "--time-limit",
            paramLabel = "TIME",
            description = "Budget in training time, such as 300s, 5m or 1.5h, in the place of --steps.")
    private @Nullable Duration timeLimit;

    @Option(
            names = "--lr",
            paramLabel = "X",
            description = "Peak learning rate (default: ${DEFAULT-VALUE}; with --from 2e-5).")
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
            description = "adamw, or bert (Google's, without bias correction) (default: ${DEFAULT-VALUE}).")
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
            names = "--mask-probability",
            paramLabel = "X",
            description = "Share of tokens that are masked (default: ${DEFAULT-VALUE}).")
    private double maskProbability;

    @Option(
            names = "--seed",
            paramLabel = "N",
            description = "Seed of everything that is drawn (default: ${DEFAULT-VALUE}).")
    private long seed;

    @Option(
            names = "--initialization",
            paramLabel = "NAME",
            description = "Initial weights: normal, or truncated-normal (Google's) (default: ${DEFAULT-VALUE}).")
    private Initialization initialization = Initialization.NORMAL;

    @Option(
            names = "--masking",
            paramLabel = "NAME",
            description =
                    "What is masked together: token, whole-word, chinese-whole-word, n-gram (ALBERT), span (SpanBERT),"
                            + " or single tokens counted as by google or hf (Hugging Face) (default: ${DEFAULT-VALUE}).")
    private Masking masking = Masking.TOKEN;

    @Option(
            names = "--objective",
            paramLabel = "NAME",
            description = "mlm (masked tokens), mlm-nsp (and next-sentence prediction, as BERT) or mlm-sop (and"
                    + " sentence-order prediction, as ALBERT); the last two need --blank-line-documents with a sentence on"
                    + " each line (default: ${DEFAULT-VALUE}).")
    private Objective objective = Objective.MLM;

    @Option(
            names = "--mask-replace-probability",
            paramLabel = "X",
            description = "Share of masked tokens that become [MASK] (default: ${DEFAULT-VALUE}).")
    private double maskReplaceProbability;

    @Option(
            names = "--random-replace-probability",
            paramLabel = "X",
            description = "Share of masked tokens that become a random token (default: ${DEFAULT-VALUE}).")
    private double randomReplaceProbability;

    @Option(
            names = "--recompute-activations",
            description = "Compute activations again in backward instead of keeping them: less memory, more time, the"
                    + " same numbers.")
    private boolean recomputeActivations;

    @Option(
            names = "--evaluations",
            paramLabel = "N",
            description =
                    "Evaluations over the whole budget; all but the last on a sample of the held-out text (default:"
                            + " ${DEFAULT-VALUE}).")
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

    /** @throws IllegalArgumentException if a value is out of its range */
    TrainingConfig config() {
        return builder().build();
    }

    /**
     * As {@link #config()}, where neither a number of steps nor a time was asked for.
     *
     * @throws IllegalArgumentException if a value is out of its range
     */
    TrainingConfig config(Duration defaultTimeLimit) {
        TrainingConfig.Builder builder = builder();
        return (steps == null && timeLimit == null ? builder.timeLimit(defaultTimeLimit) : builder).build();
    }

    private TrainingConfig.Builder builder() {
        if (steps != null && timeLimit != null) {
            throw new IllegalArgumentException(
                    "Expected --steps or --time-limit. Received: both. Leave one of them out");
        }
        if (evaluations != null && evaluateEvery != null) {
            throw new IllegalArgumentException(
                    "Expected --evaluations or --eval-every. Received: both. Leave one of them out");
        }
        TrainingConfig.Builder builder = TrainingConfig.builder()
                .seqLen(seqLen)
                .batchSize(batchSize)
                .accumulate(accumulate)
                .learningRate(learningRate)
                .warmup(warmup)
                .schedule(schedule)
                .optimizer(optimizer)
                .weightDecay(weightDecay)
                .beta1(beta1)
                .beta2(beta2)
                .epsilon(epsilon)
                .maskProbability(maskProbability)
                .masking(masking)
                .objective(objective)
                .maskReplaceProbability(maskReplaceProbability)
                .randomReplaceProbability(randomReplaceProbability)
                .seed(seed)
                .initialization(initialization)
                .recomputeActivations(recomputeActivations);
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
        if (timeLimit != null) {
            builder.timeLimit(timeLimit);
        }
        return builder;
    }
}
