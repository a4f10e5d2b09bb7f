package io.github.cloze4j.train;

import java.util.List;

/**
 * A table of results for a report, such as the scores of each class.
 *
 * @param title a few words
 * @param columns the names of the columns
 * @param rows as many cells in each as there are columns
 */
public record ResultTable(String title, List<String> columns, List<List<String>> rows) {
    /** Copies the lists; {@link IllegalArgumentException} if a row has more or fewer cells than there are columns. */
    public ResultTable {
        columns = List.copyOf(columns);
        rows = rows.stream().map(List::copyOf).toList();
        int width = columns.size();
        if (rows.stream().anyMatch(row -> row.size() != width)) {
            throw new IllegalArgumentException("Expected rows of " + width + " cells in the table '" + title
                    + "'. Received: a row of another length");
        }
    }
}
