package io.github.cloze4j.finetune.readers;

import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Reads texts with several choices from CSV, TSV and JSON lines, a column for each choice, as SWAG has them.
 *
 * <p>Every method returns the records in the order of the file, at least one, and throws {@link
 * io.github.cloze4j.CorpusException} if the file cannot be read, a column is missing or a record is wrong.
 */
public final class ChoicesReader {
    private final String text;
    private final List<String> choices;
    private final ReadOptions options;

    /**
     * A reader of some columns.
     *
     * @param text the column of the text that the choices follow
     * @param choices the columns of the choices, at least two that differ
     * @param options format, encoding and limits
     */
    public ChoicesReader(String text, List<String> choices, ReadOptions options) {
        if (choices.size() < 2 || Set.copyOf(choices).size() < choices.size()) {
            throw new IllegalArgumentException("Expected the columns of at least two choices. Received: " + choices
                    + ". Name a column for each choice");
        }
        this.text = text;
        this.choices = List.copyOf(choices);
        this.options = options;
    }

    /** Reads choices without answers. */
    public List<Choices> choices(Path file) {
        return Rows.read(file, options, columns(Set.of()), this::choices);
    }

    /**
     * Reads choices with the number of the right one, counted from 0.
     *
     * @param label the column of the number
     */
    public List<Labelled<Choices, Integer>> answered(Path file, String label) {
        return Rows.read(file, options, columns(Set.of(label)), row -> {
            int right = row.position(label);
            if (right >= choices.size()) {
                throw row.source()
                        .problem(
                                "the number of a choice, from 0 to " + (choices.size() - 1),
                                String.valueOf(right),
                                "Correct the number");
            }
            return new Labelled<>(choices(row), right);
        });
    }

    private Set<String> columns(Set<String> more) {
        Set<String> columns = new LinkedHashSet<>();
        columns.add(text);
        columns.addAll(choices);
        columns.addAll(more);
        return columns;
    }

    private Choices choices(Row row) {
        return new Choices(row.text(text), choices.stream().map(row::text).toList(), row.source());
    }
}
