package io.github.cloze4j.cli.finetune;

import io.github.cloze4j.finetune.FineTuningConfig;
import io.github.cloze4j.inference.TokenLimit;
import io.github.cloze4j.model.head.TaskKind;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How a task reads texts and learns, beside what all training has. */
final class TaskOptions {
    private static final String NO_WEIGHTS = "none";

    @Option(
            names = "--batch-size",
            paramLabel = "N",
            defaultValue = "32",
            description = "Examples of a micro-batch (default: ${DEFAULT-VALUE}).")
    private int batchSize;

    @Option(
            names = "--seq-len",
            paramLabel = "N",
            defaultValue = "128",
            description = "The most tokens of a text, [CLS] and [SEP] included (default: ${DEFAULT-VALUE}).")
    private int seqLen;

    @Option(
            names = "--stride",
            paramLabel = "N",
            description =
                    "Read longer texts in windows that overlap by N tokens (default: the end is cut off; words with"
                            + " tags and questions are always read in windows).")
    private @Nullable Integer stride;

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "0",
            description =
                    "Seed of the head's first weights, the order of examples and dropout (default: ${DEFAULT-VALUE}).")
    private long seed;

    @Option(
            names = "--class-weights",
            paramLabel = "NAME|FILE",
            defaultValue = NO_WEIGHTS,
            description =
                    "Weights of classes in the loss: none, balanced (rare classes weigh more), or a file with a label,"
                            + " a tab and a weight a line (default: ${DEFAULT-VALUE}).")
    private String classWeights = "";

    @Option(
            names = "--label-smoothing",
            paramLabel = "X",
            defaultValue = "0",
            description = "Share of the right answer that is spread over all classes (default: ${DEFAULT-VALUE}).")
    private double labelSmoothing;

    @Option(
            names = "--focal-gamma",
            paramLabel = "X",
            defaultValue = "0",
            description = "Exponent of the focal loss, such as 2; 0: cross-entropy (default: ${DEFAULT-VALUE}).")
    private double focalGamma;

    long seed() {
        return seed;
    }

    String classWeights() {
        return classWeights;
    }

    double labelSmoothing() {
        return labelSmoothing;
    }

    double focalGamma() {
        return focalGamma;
    }

    /** @throws IllegalArgumentException if the loss of the task has no classes and an option for classes is given */
    void requireLossOf(TaskKind kind) {
        boolean plain = classWeights.equals(NO_WEIGHTS) && labelSmoothing == 0 && focalGamma == 0;
        if (!kind.hasClassLoss() && !plain) {
            throw new IllegalArgumentException(
                    "Expected no --class-weights, --label-smoothing or --focal-gamma for " + kind.text()
                            + ", whose answer is not one class of several. Received: one of them. Leave them out");
        }
    }

    /** @throws IllegalArgumentException if a value is out of its range */
    TokenLimit limit() {
        return stride == null ? TokenLimit.cut(seqLen) : TokenLimit.windows(seqLen, stride);
    }

    /** @throws IllegalArgumentException if a value is out of its range */
    FineTuningConfig config() {
        return new FineTuningConfig(batchSize, seqLen, seed, false);
    }
}
