package io.github.cloze4j.cli.finetune;

import io.github.cloze4j.finetune.readers.SpanPairReader.SpanColumns;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The columns of texts, choices and spans in a table, or their fields in JSON lines. */
public final class ColumnOptions {
    /** The remedies of {@link io.github.cloze4j.MissingColumnException} in the words of the command line. */
    public static final String HINT = " (--text-column, --label-column and the like name columns)";

    private static final int SPAN_COLUMNS = 4;
    private static final String SOURCE = "source";
    private static final String TARGET = "target";

    @Option(
            names = "--text-column",
            paramLabel = "NAME",
            defaultValue = "text",
            description = "Column of the text (default: ${DEFAULT-VALUE}).")
    private String text = "";

    @Option(names = "--text-pair-column", paramLabel = "NAME", description = "Column of the second text of pairs.")
    private @Nullable String pair;

    @Option(
            names = "--source-column",
            paramLabel = "NAME",
            defaultValue = SOURCE,
            description = "Of seq2seq: column of the text that is rewritten (default: ${DEFAULT-VALUE}).")
    private String source = "";

    @Option(
            names = "--target-column",
            paramLabel = "NAME",
            defaultValue = TARGET,
            description = "Of seq2seq: column of the text that it is rewritten as (default: ${DEFAULT-VALUE}).")
    private String target = "";

    @Option(
            names = "--choice-columns",
            paramLabel = "NAME",
            description =
                    "Columns of the choices, separated by commas; the label is the number of the right one, from 0.")
    private @Nullable String choices;

    @Option(
            names = "--span-columns",
            paramLabel = "NAME",
            description = "Columns of the starts and ends of two spans for relations, separated by commas: start1,end1,"
                    + "start2,end2 (default: <e1>…</e1> and <e2>…</e2> in the text).")
    private @Nullable String spans;

    String text() {
        return text;
    }

    @Nullable
    String pair() {
        return pair;
    }

    String source() {
        return source;
    }

    String target() {
        return target;
    }

    List<String> choices() {
        return choices == null ? List.of() : Arrays.asList(choices.split(",", -1));
    }

    /** @throws IllegalArgumentException if there are not four columns */
    @Nullable
    SpanColumns spans() {
        if (spans == null) {
            return null;
        }
        String[] names = spans.split(",", -1);
        if (names.length != SPAN_COLUMNS) {
            throw new IllegalArgumentException("Expected --span-columns start1,end1,start2,end2. Received: "
                    + names.length + " of the " + SPAN_COLUMNS + " columns. Name the start and the end of both spans");
        }
        return new SpanColumns(names[0], names[1], names[2], names[3]);
    }
}
