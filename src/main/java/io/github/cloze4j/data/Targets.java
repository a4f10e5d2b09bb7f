package io.github.cloze4j.data;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The targets of one head of a model in a batch: rows of the encoder's output, and the right answers. Masked tokens and their
 * ids are targets, and so are the {@code [CLS]} of texts and their classes.
 *
 * <p>Most heads read one row for each answer. A head may read several: the two markers of a relation, the {@code [CLS]} of each
 * choice, all tokens in which an answer may begin. {@code ends} says where the rows of an answer end.
 *
 * <p>The constructor copies the arrays. The accessors return the arrays of the targets themselves: do not write to them.
 *
 * @param rows {@code [rows]} indices into the tokens of the batch, in the order in which the head reads them, none twice
 * @param ends {@code [answers]} ascending: rows {@code [ends[i - 1], ends[i])} are those of answer i; the last is the number of
 *     rows
 * @param labels {@code [answers * k]} right answers that are classes or places, at least 0; empty if there are none
 * @param values {@code [answers * k]} right answers that are numbers; empty if there are none
 */
public record Targets(int[] rows, int[] ends, int[] labels, float[] values) {
    /** No targets, of a batch that has nothing for a head. */
    public static final Targets NONE = new Targets(new int[0], new int[0]);

    /** Copies the arrays, and checks that they fit together. */
    public Targets {
        rows = rows.clone();
        ends = ends.clone();
        labels = labels.clone();
        values = values.clone();
        requireDifferent(rows);
        int end = 0;
        for (int next : ends) {
            if (next <= end) {
                throw new IllegalArgumentException(
                        "Expected at least a row for each answer, and ends that ascend. Received: " + next + " after "
                                + end);
            }
            end = next;
        }
        if (end != rows.length) {
            throw new IllegalArgumentException(
                    "Expected answers that have all " + rows.length + " rows. Received: answers that have " + end);
        }
        requireForEachAnswer("labels", labels.length, ends.length);
        requireForEachAnswer("values", values.length, ends.length);
        for (int label : labels) {
            if (label < 0) {
                throw new IllegalArgumentException("Expected labels of at least 0. Received: " + label);
            }
        }
    }

    /** Targets of one row and one label each: {@code labels[i]} is the right answer at {@code rows[i]}. */
    public Targets(int[] rows, int[] labels) {
        this(rows, eachOne(rows.length), labels, new float[0]);
        if (labels.length != rows.length) {
            throw new IllegalArgumentException("Expected a label for each row. Received: " + labels.length
                    + " labels for " + rows.length + " rows");
        }
    }

    private static int[] eachOne(int rows) {
        int[] ends = new int[rows];
        for (int i = 0; i < rows; i++) {
            ends[i] = i + 1;
        }
        return ends;
    }

    /**
     * Checks that rows are at least 0, and that none is there twice: kernels rely on it.
     *
     * @throws IllegalArgumentException otherwise
     */
    public static void requireDifferent(int[] rows) {
        int[] sorted = rows.clone();
        Arrays.sort(sorted);
        for (int i = 0; i < sorted.length; i++) {
            if (sorted[i] < 0 || (i > 0 && sorted[i] == sorted[i - 1])) {
                throw new IllegalArgumentException("Expected rows of at least 0, none twice. Received: row " + sorted[i]
                        + (sorted[i] < 0 ? "" : " twice"));
            }
        }
    }

    private static void requireForEachAnswer(String what, int count, int answers) {
        if (count > 0 && (answers == 0 || count % answers != 0)) {
            throw new IllegalArgumentException("Expected as many " + what + " for each of " + answers
                    + " answers. Received: " + count + " " + what);
        }
    }

    /** The number of rows. */
    public int count() {
        return rows.length;
    }

    /** The number of right answers: a loss is a mean over them. */
    public int answers() {
        return ends.length;
    }

    /** The highest of the rows; -1 if there is none. */
    int highestRow() {
        return Arrays.stream(rows).max().orElse(-1);
    }

    /**
     * Checks that each label is one of a head's answers: kernels do not.
     *
     * @param answers the number of the head's answers
     * @throws IllegalArgumentException if a label is not in {@code [0, answers)}
     */
    public void requireLabelsBelow(int answers) {
        for (int label : labels) {
            if (label >= answers) {
                throw new IllegalArgumentException("Expected labels in [0, " + answers + "). Received: " + label
                        + ". Make batches for this model, with its vocabulary and its classes");
            }
        }
    }

    /** The targets {@code [first, end)} of these, which have one row and one label each. */
    public Targets range(int first, int end) {
        return new Targets(Arrays.copyOfRange(rows, first, end), Arrays.copyOfRange(labels, first, end));
    }

    /** Equal in all parts, arrays by their content. */
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Targets that && Arrays.deepEquals(parts(), that.parts());
    }

    @Override
    public int hashCode() {
        return Arrays.deepHashCode(parts());
    }

    private Object[] parts() {
        return new Object[] {rows, ends, labels, values};
    }

    /** Short: arrays are not printed. */
    @Override
    public String toString() {
        return "Targets[" + rows.length + "]";
    }
}
