package io.github.cloze4j.train;

import io.github.cloze4j.kernel.OneThread;
import io.github.cloze4j.nn.ParameterStore;
import java.util.function.Supplier;

/**
 * Lets one thread at a time use a trainer and train its model. Refuses calls after the trainer was closed, and calls that a
 * listener makes during a run: the run would go on from a state that is no longer the trainer's.
 */
final class RunGuard {
    private final ParameterStore parameters;
    private final StopSignal stop;
    private final OneThread use =
            new OneThread("a trainer", "End its run with requestStop() and wait until run() has returned");
    // Read and written by the thread that uses the trainer.
    private boolean running;
    private boolean closed;

    /**
     * A guard of a trainer that does not run yet.
     *
     * @param parameters the parameters that the trainer trains
     * @param stop the stop signal of the runs
     */
    RunGuard(ParameterStore parameters, StopSignal stop) {
        this.parameters = parameters;
        this.stop = stop;
    }

    /**
     * Runs work that takes steps.
     *
     * @throws IllegalStateException if another thread uses the trainer or trains the model, a run goes on, or the trainer is
     *     closed
     */
    <T> T duringRun(Supplier<T> work) {
        return betweenRuns(() -> {
            running = true;
            stop.begin();
            try {
                return work.get();
            } finally {
                stop.end();
                running = false;
            }
        });
    }

    /** Runs work that reads or changes the state that the next run goes on from; throws as {@link #duringRun} does. */
    <T> T betweenRuns(Supplier<T> work) {
        return use.run(() -> {
            requireNoRun();
            if (closed) {
                throw new IllegalStateException(
                        "Expected an open trainer. Received: a closed one. Close a trainer after its last use");
            }
            return parameters.training().run(work);
        });
    }

    /**
     * Closes the trainer. A second call does nothing.
     *
     * @param free the work that frees what the trainer took
     * @throws IllegalStateException if another thread uses the trainer, or a run goes on
     */
    void close(Runnable free) {
        use.run(() -> {
            requireNoRun();
            if (!closed) {
                closed = true;
                free.run();
            }
            return this;
        });
    }

    private void requireNoRun() {
        if (running) {
            throw new IllegalStateException("Expected a call between two runs of a trainer. Received: a call from a"
                    + " listener during a run. Call requestStop() there, and this method when the run has returned");
        }
    }
}
