package io.github.cloze4j.cli.finetune;

import io.github.cloze4j.corpus.TextOptions;
import io.github.cloze4j.finetune.readers.DataFormat;
import io.github.cloze4j.finetune.readers.ReadOptions;
import java.nio.charset.Charset;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
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
            names = "--text-column",
            paramLabel = "NAME",
            defaultValue = "text",
            description = "Column of the text (default: ${DEFAULT-VALUE}).")
    private String text = "";

    @Option(names = "--text-pair-column", paramLabel = "NAME", description = "Column of the second text of pairs.")
    private @Nullable String pair;

    @Option(
            names = "--label-column",
            paramLabel = "NAME",
            defaultValue = "label",
            description = "Column of the label (default: ${DEFAULT-VALUE}).")
    private String label = "";

    @Option(
            names = "--label-separator",
            paramLabel = "TEXT",
            defaultValue = "|",
            description = "Between the labels of a text that has several (default: ${DEFAULT-VALUE}).")
    private String separator = "";

    @Option(
            names = "--labels",
            paramLabel = "FILE",
            description = "The labels in their order, one a line (default: those of --train, sorted).")
    private @Nullable Path labels;

    @Option(
            names = "--format",
            paramLabel = "NAME",
            description = "csv, tsv, tsv-unquoted, jsonl, conll or squad (default: by the file's name).")
    private @Nullable String format;

    @Option(
            names = "--encoding",
            paramLabel = "NAME",
            description = "Encoding of the files, such as windows-1252 or GB18030 (default: UTF-8).")
    private @Nullable Charset encoding;

    /** @throws IllegalArgumentException if a value is out of its range or useless */
    void check() {
        if (!(fraction >= 0 && fraction < 1)) {
            throw new IllegalArgumentException("Expected " + FRACTION + " in [0, 1). Received: " + fraction);
        }
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

    String text() {
        return text;
    }

    @Nullable
    String pair() {
        return pair;
    }

    String label() {
        return label;
    }

    String separator() {
        return separator;
    }

    @Nullable
    Path labels() {
        return labels;
    }

    ReadOptions reading() {
        ReadOptions options = ReadOptions.DEFAULT;
        if (format != null) {
            options = options.withFormat(DataFormat.named(format));
        }
        return encoding == null ? options : options.withText(new TextOptions(encoding, false));
    }
}
