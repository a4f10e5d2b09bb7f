package io.github.cloze4j.finetune.readers;

import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Reads texts and pairs of texts, with or without labels, from CSV, TSV and JSON lines.
 *
 * <p>Texts stay as they are in the file; empty ones are kept ({@link TextCounts} counts them), but for those that are rewritten
 * ({@link #rewritten}). Every method returns the records
 * in the order of the file, at least one, and throws {@link io.github.cloze4j.CorpusException} if the file cannot be read, a
 * column is missing or a record is wrong.
 */
public final class TextReader {
    private final String text;
    private final @Nullable String pair;
    private final ReadOptions options;

    /**
     * A reader of some columns.
     *
     * @param text the column, or the field of JSON lines, of the text
     * @param pair the column of the second text; null for single texts
     * @param options format, encoding and limits
     */
    public TextReader(String text, @Nullable String pair, ReadOptions options) {
        this.text = text;
        this.pair = pair;
        this.options = options;
    }

    /** Reads texts without labels; of single texts, the format may also be {@link DataFormat#TEXT}. */
    public List<InputText> texts(Path file) {
        if (pair == null && options.isText(file)) {
            return Rows.readLines(file, options, (line, source) -> new InputText(line, null, source));
        }
        return Rows.read(file, options, columns(Set.of()), this::input);
    }

    /**
     * Reads texts of one class each.
     *
     * @param label the column of the class. Blanks around a label do not count; a number of JSON lines is its text
     */
    public List<Labelled<InputText, String>> classes(Path file, String label) {
        return labelled(file, label, row -> row.label(label));
    }

    /**
     * Reads texts of any number of classes each, none included.
     *
     * @param label the column of the classes: a list in JSON lines, or a text
     * @param separator the separator between two labels of a text, such as {@code |}
     */
    public List<Labelled<InputText, List<String>>> classLists(Path file, String label, String separator) {
        if (separator.isBlank()) {
            throw new IllegalArgumentException(
                    "Expected a separator of labels. Received: a blank one. Name a character such as |");
        }
        return labelled(file, label, row -> row.labels(label, separator));
    }

    /**
     * Reads texts with a number each.
     *
     * @param label the column of the number
     */
    public List<Labelled<InputText, Double>> numbers(Path file, String label) {
        return labelled(file, label, row -> row.number(label));
    }

    /**
     * Reads texts with the text that each is rewritten as. A record whose text or target is blank is refused: there is nothing to
     * rewrite, or nothing to write.
     *
     * @param target the column of the other text, which stays as it is in the file
     */
    public List<Labelled<InputText, String>> rewritten(Path file, String target) {
        return labelled(file, target, row -> {
            row.requireContent(text);
            row.requireContent(target);
            return row.text(target);
        });
    }

    private <L> List<Labelled<InputText, L>> labelled(Path file, String label, Function<Row, L> toLabel) {
        return Rows.read(file, options, columns(Set.of(label)), row -> new Labelled<>(input(row), toLabel.apply(row)));
    }

    private Set<String> columns(Set<String> more) {
        Set<String> columns = new LinkedHashSet<>();
        columns.add(text);
        if (pair != null) {
            columns.add(pair);
        }
        columns.addAll(more);
        return columns;
    }

    private InputText input(Row row) {
        return new InputText(row.text(text), pair == null ? null : row.text(pair), row.source());
    }
}
