package io.github.cloze4j.data;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The targets of one head of a model in a batch: rows of the encoder's output, and the right answer at each. Masked tokens and
 * their ids are targets, and so are the {@code [CLS]} of texts and their classes.
 *
 * <p>The constructor copies the arrays. The accessors return the arrays of the targets themselves: do not write to them.
 *
 * @param rows {@code [targets]} ascending indices into the tokens of the batch
 * @param labels {@code [targets]} the right answer at each of the rows, at least 0
 */
public record Targets(int[] rows, int[] labels) {
    /** No targets, of a batch that has nothing for a head. */
    public static final Targets NONE = new Targets(new int[0], new int[0]);

    /** Copies the arrays, and checks that rows ascend from 0 on and that each has a label. */
    public Targets {
        rows = rows.clone();
        labels = labels.clone();
        if (rows.length != labels.length) {
            throw new IllegalArgumentException("Expected a label for each row. Received: " + labels.length
                    + " labels for " + rows.length + " rows");
        }
        int previous = -1;
        for (int row : rows) {
            if (row <= previous) {
                throw new IllegalArgumentException(
                        "Expected rows that ascend from 0 on, none twice. Received: " + row + " after " + previous);
            }
            previous = row;
        }
        for (int label : labels) {
            if (label < 0) {
                throw new IllegalArgumentException("Expected labels of at least 0. Received: " + label);
            }
        }
    }

    /** The number of rows. */
    public int count() {
        return rows.length;
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

    /** The targets {@code [first, end)} of these. */
    public Targets range(int first, int end) {
        return new Targets(Arrays.copyOfRange(rows, first, end), Arrays.copyOfRange(labels, first, end));
    }

    /** Equal in all parts, arrays by their content. */
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Targets that && Arrays.equals(rows, that.rows) && Arrays.equals(labels, that.labels);
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(rows) + Arrays.hashCode(labels);
    }

    /** Short: arrays are not printed. */
    @Override
    public String toString() {
        return "Targets[" + rows.length + "]";
    }
}
