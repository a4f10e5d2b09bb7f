package io.github.cloze4j.cli.finetune;

import picocli.CommandLine.Option;

/** Where the right answers of labelled texts are. */
public final class LabelOptions {
    /** What separates labels in a field, unless another separator is named. */
    static final String SEPARATOR = "|";

    @Option(
            names = "--label-column",
            paramLabel = "NAME",
            defaultValue = "label",
            description = "Column of the label (default: ${DEFAULT-VALUE}).")
    private String label = "";

    @Option(
            names = "--label-separator",
            paramLabel = "TEXT",
            defaultValue = SEPARATOR,
            description = "Between the labels of a text that has several (default: ${DEFAULT-VALUE}).")
    private String separator = "";

    String label() {
        return label;
    }

    String separator() {
        return separator;
    }
}
