package io.github.cloze4j.data;

import static io.github.cloze4j.data.WindowPacker.WINDOW_SEGMENTS;

import java.util.List;

/** The endless sequence of rows, epoch after epoch, from any cursor on. Not thread-safe. */
final class RowSequence {
    private final WindowPacker packer;
    private long epoch;
    private long window;
    private int row;
    private List<List<Segment>> rows;

    /**
     * A row and what its masks depend on.
     *
     * @param epoch that the row is in
     * @param position of the row, as in {@link BatchCursor}
     * @param segments in the row's order
     */
    record Row(long epoch, long position, List<Segment> segments) {}

    /** @throws IllegalArgumentException if the sequence has no row at the cursor */
    RowSequence(WindowPacker packer, BatchCursor start) {
        this.packer = packer;
        epoch = start.epoch();
        window = start.position() / WINDOW_SEGMENTS;
        row = (int) (start.position() % WINDOW_SEGMENTS);
        rows = window < packer.windows() ? packer.rows(epoch, window) : List.of();
        if (row >= rows.size()) {
            throw new IllegalArgumentException("Expected a cursor of these documents. Received: " + start
                    + ", where they have no row. Resume with the data and the row length of before");
        }
    }

    /** The place of the row that {@link #next} returns. */
    BatchCursor cursor() {
        return new BatchCursor(epoch, position());
    }

    Row next() {
        Row next = new Row(epoch, position(), rows.get(row));
        row++;
        if (row == rows.size()) {
            row = 0;
            window++;
            if (window == packer.windows()) {
                window = 0;
                epoch++;
            }
            rows = packer.rows(epoch, window);
        }
        return next;
    }

    private long position() {
        return window * WINDOW_SEGMENTS + row;
    }
}
