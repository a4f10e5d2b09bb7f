package io.github.cloze4j.cli.finetune;

import io.github.cloze4j.finetune.readers.Labels;
import io.github.cloze4j.finetune.readers.ReadOptions;
import io.github.cloze4j.inference.TokenLimit;
import io.github.cloze4j.tokenizer.BertTokenizer;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Where labelled data is, and how its files are read. */
final class DataOptions {
    private static final String FRACTION = "--validation-fraction";

    @Option(names = "--train", required = true, paramLabel = "FILE", description = "Data to learn from.")
    private Path train = Path.of("");

    @Option(
            names = "--validation",
            paramLabel = "FILE",
            description = "Data that the model is scored on while it learns (default: a part of --train is held out).")
    private @Nullable Path validation;

    @Option(
            names = FRACTION,
            paramLabel = "X",
            defaultValue = "0.1",
            description = "Without --validation: the share of --train that is held out (default: ${DEFAULT-VALUE}).")
    private double fraction;

    @Option(
            names = "--test",
            paramLabel = "FILE",
            description = "Data that the best model is scored on once, at the end.")
    private @Nullable Path test;

    @Option(
            names = "--labels",
            paramLabel = "FILE",
            description = "The labels in their order, one a line (default: those of --train, sorted).")
    private @Nullable Path labels;

    @Mixin
    private ColumnOptions columns = new ColumnOptions();

    @Mixin
    private LabelOptions answers = new LabelOptions();

    @Mixin
    private QuestionOptions questions = new QuestionOptions();

    @Mixin
    private FormatOptions format = new FormatOptions();

    /** @throws IllegalArgumentException if a value is out of its range or useless */
    void check() {
        if (!(fraction >= 0 && fraction < 1)) {
            throw new IllegalArgumentException("Expected " + FRACTION + " in [0, 1). Received: " + fraction);
        }
        answers.rules();
        answers.bleuTokenizer();
        reading();
    }

    Path train() {
        return train;
    }

    @Nullable
    Path validation() {
        return validation;
    }

    @Nullable
    Path test() {
        return test;
    }

    /** The share of the training data that is held out. */
    double fraction() {
        return validation == null ? fraction : 0;
    }

    /** Whether each record has two texts. */
    boolean hasPairs() {
        return columns.pair() != null;
    }

    ReadOptions reading() {
        return format.reading();
    }

    /** How the records are read, and encoded with a tokenizer. */
    RecordSettings records(TokenLimit limit, BertTokenizer tokenizer) {
        Path named = labels;
        return RecordSettings.of(
                columns,
                answers,
                questions,
                reading(),
                named == null ? null : Labels.read(named, reading()),
                limit,
                tokenizer);
    }
}
