package io.github.cloze4j.cli.finetune;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The columns of texts and choices in a table, or their fields in JSON lines. */
public final class ColumnOptions {
    @Option(
            names = "--text-column",
            paramLabel = "NAME",
            defaultValue = "text",
            description = "Column of the text (default: ${DEFAULT-VALUE}).")
    private String text = "";

    @Option(names = "--text-pair-column", paramLabel = "NAME", description = "Column of the second text of pairs.")
    private @Nullable String pair;

    @Option(
            names = "--choice-columns",
            paramLabel = "NAME",
            description =
                    "Columns of the choices, separated by commas; the label is the number of the right one, from 0.")
    private @Nullable String choices;

    String text() {
        return text;
    }

    @Nullable
    String pair() {
        return pair;
    }

    List<String> choices() {
        return choices == null ? List.of() : Arrays.asList(choices.split(",", -1));
    }
}
