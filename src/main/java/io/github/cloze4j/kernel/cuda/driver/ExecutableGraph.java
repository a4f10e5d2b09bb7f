package io.github.cloze4j.kernel.cuda.driver;

/** A graph that a device can run. */
public interface ExecutableGraph extends AutoCloseable {
    /**
     * Takes over addresses, sizes and numbers of a graph of the same structure; what has been launched before keeps its own.
     *
     * @return false, and nothing has changed, where the device refuses since too much is different
     */
    boolean update(CapturedGraph graph);

    /** Queues a run. */
    void launch();

    /** After the runs that are queued. */
    @Override
    void close();
}
