package io.github.cloze4j.train;

import io.github.cloze4j.DivergenceException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/**
 * The steps that were launched and whose results nobody has read yet, the oldest first. Kernels that compute beside the host
 * get the next step before the results of this one are read. Not thread-safe.
 */
final class StepQueue {
    private final List<String> losses;
    private final RunProgress progress;
    private final Listeners listeners;
    private final Deque<QueuedStep> steps = new ArrayDeque<>();

    /** @param losses the names of a step's losses */
    StepQueue(List<String> losses, RunProgress progress, Listeners listeners) {
        this.losses = losses;
        this.progress = progress;
        this.listeners = listeners;
    }

    /** Adds a step that was launched, and reports those before it; also the step itself if its results are there. */
    void add(QueuedStep step) {
        steps.addLast(step);
        report(1);
        if (step.isReady()) {
            reportAll();
        }
    }

    /** Tells the listeners of all steps, the oldest first. */
    void reportAll() {
        report(0);
    }

    /** @param rest the number of the newest steps that are left for later */
    private void report(int rest) {
        while (steps.size() > rest) {
            StepReport report = read();
            listeners.tell(listener -> listener.onStep(report));
        }
    }

    /**
     * Waits for the results of the oldest step, and removes it.
     *
     * @throws DivergenceException if a number is not finite. Neither this step nor one after it was applied, so that the run
     *     is set back to where this step begins, and the queue is empty
     */
    private StepReport read() {
        QueuedStep step = steps.removeFirst();
        try {
            StepReport report = step.read(losses, progress.clock());
            progress.note(report);
            return report;
        } catch (DivergenceException e) {
            steps.clear();
            progress.takeBack(step.before());
            throw e;
        }
    }

    /** Reads all steps after a failure, so that the state of the run counts those that were applied and no others. */
    void settle(Throwable failure) {
        try {
            while (!steps.isEmpty()) {
                read();
            }
        } catch (RuntimeException | Error e) {
            failure.addSuppressed(e);
        }
    }
}
