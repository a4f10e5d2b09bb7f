package io.github.cloze4j.data;

/**
 * A place in training data that are read epoch after epoch. A training task of one's own counts positions in its own unit, such
 * as examples.
 *
 * <p>For a {@link BatchStream} it is a place between two rows. Examples are packed in windows of a fixed number of segments or,
 * for pairs, of passages; row r of window w has position {@code w * (most examples of a window) + r}, as if each example had a
 * row of its own. Positions therefore ascend with gaps, and the window that holds a position is known without packing those
 * before it.
 *
 * @param stage the part of the run, of a task that changes what it trains on the way, from 0
 * @param epoch passes over the data that are complete, from 0
 * @param position the place in the epoch, from 0
 */
public record BatchCursor(int stage, long epoch, long position) {
    /** The beginning of the data. */
    public static final BatchCursor START = new BatchCursor(0, 0);

    /** Checks the ranges. */
    public BatchCursor {
        if (stage < 0 || epoch < 0 || position < 0) {
            throw new IllegalArgumentException("Expected a stage, an epoch and a position from 0. Received: stage "
                    + stage + ", epoch " + epoch + ", position " + position);
        }
    }

    /** A place of a task that trains the same all the time. */
    public BatchCursor(long epoch, long position) {
        this(0, epoch, position);
    }

    /** The same place in another stage. */
    public BatchCursor inStage(int number) {
        return new BatchCursor(number, epoch, position);
    }
}
