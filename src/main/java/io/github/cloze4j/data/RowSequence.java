package io.github.cloze4j.data;

import java.util.List;

/** The endless sequence of rows, epoch after epoch, from any cursor on. Not thread-safe. */
final class RowSequence {
    private final WindowPacker packer;
    private long epoch;
    private long window;
    private int row;
    private List<List<Example>> rows;

    /**
     * A row and what its masks depend on.
     *
     * @param epoch that the row is in
     * @param position of the row, as in {@link BatchCursor}
     * @param examples in the row's order
     */
    record Row(long epoch, long position, List<Example> examples) {}

    /** @throws IllegalArgumentException if the sequence has no row at the cursor */
    RowSequence(WindowPacker packer, BatchCursor start) {
        this.packer = packer;
        epoch = start.epoch();
        window = start.position() / packer.mostRows();
        long rowOfWindow = start.position() % packer.mostRows();
        rows = window < packer.windows() ? packer.rows(epoch, window) : List.of();
        if (rowOfWindow >= rows.size() && !start.equals(BatchCursor.START)) {
            throw new IllegalArgumentException("Expected a cursor of these documents. Received: " + start
                    + ", where they have no row. Resume with the data and the row length of before");
        }
        row = (int) rowOfWindow;
        skipEndedWindows();
    }

    /** The place of the row that {@link #next} returns. */
    BatchCursor cursor() {
        return new BatchCursor(epoch, window * packer.mostRows() + row);
    }

    /** How often the documents were read up to that place: whole epochs, and the part of the present one. */
    double epochs() {
        return epoch + (window + (double) row / rows.size()) / packer.windows();
    }

    Row next() {
        BatchCursor place = cursor();
        Row next = new Row(place.epoch(), place.position(), rows.get(row));
        row++;
        skipEndedWindows();
        return next;
    }

    /** To the next window that holds a row; every epoch holds one. */
    private void skipEndedWindows() {
        while (row == rows.size()) {
            row = 0;
            window++;
            if (window == packer.windows()) {
                window = 0;
                epoch++;
            }
            rows = packer.rows(epoch, window);
        }
    }
}
