package io.github.cloze4j.cli.finetune;

import io.github.cloze4j.finetune.ClassWeights;
import io.github.cloze4j.finetune.FineTuningConfig;
import io.github.cloze4j.finetune.LabelledData;
import io.github.cloze4j.inference.TokenLimit;
import io.github.cloze4j.kernel.ClassLoss;
import io.github.cloze4j.model.head.TaskKind;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
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
            names = "--seeds",
            paramLabel = "LIST",
            split = ",",
            description =
                    "Train once with each of these seeds, such as 0,1,2, in OUTPUT/seed-0 and so on, and compare the"
                            + " scores. --seed then decides only which records are held out.")
    private @Nullable List<Long> seeds;

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

    /**
     * The seeds of the runs, each once.
     *
     * @throws IllegalArgumentException if there are fewer than two to compare
     */
    List<Long> seeds() {
        List<Long> all = seeds;
        if (all == null) {
            return List.of(seed);
        }
        if (new HashSet<>(all).size() < Math.max(2, all.size())) {
            throw new IllegalArgumentException("Expected two or more different seeds for --seeds. Received: " + all
                    + ". Name each once, or a single one with --seed");
        }
        return List.copyOf(all);
    }

    /**
     * The loss of classes.
     *
     * @throws IllegalArgumentException if a value is out of its range, or the file of weights does not fit to the labels
     */
    ClassLoss loss(LabelledData data) {
        List<String> labels = data.head().labels();
        List<Double> weights =
                switch (classWeights) {
                    case NO_WEIGHTS -> List.of();
                    case "balanced" -> ClassWeights.balanced(data.training(), labels);
                    default -> ClassWeights.read(Path.of(classWeights), labels);
                };
        return new ClassLoss(weights, labelSmoothing, focalGamma);
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
