package io.github.cloze4j.cli.finetune;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The columns of the texts in a table, or their fields in JSON lines. */
public final class ColumnOptions {
    @Option(
            names = "--text-column",
            paramLabel = "NAME",
            defaultValue = "text",
            description = "Column of the text (default: ${DEFAULT-VALUE}).")
    private String text = "";

    @Option(names = "--text-pair-column", paramLabel = "NAME", description = "Column of the second text of pairs.")
    private @Nullable String pair;

    String text() {
        return text;
    }

    @Nullable
    String pair() {
        return pair;
    }
}
