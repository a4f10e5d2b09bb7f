package io.github.cloze4j.train;

import io.github.cloze4j.data.BatchCursor;

/** The training batches of a task, without end, epoch after epoch, in an order that depends on the task's settings only. */
public interface MicroBatches extends AutoCloseable {
    /**
     * The next one.
     *
     * @param used the share of the run's budget that is used before the step, in [0, 1): what a task trains may depend on it
     */
    MicroBatch next(double used);

    /** The place after those that {@link #next} has returned. */
    BatchCursor cursor();

    /** How often the data was read up to {@link #cursor}: 1.5 is in the middle of the second epoch. */
    double epochs();

    /** Frees what the stream took. */
    @Override
    void close();
}
