package io.github.cloze4j.train;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The step that kernels were asked for and that nobody has read yet. Kernels that compute beside the host get the next step
 * before the results of this one are read. Not thread-safe.
 */
final class StepQueue {
    private final List<String> losses;
    private final RunProgress progress;
    private @Nullable QueuedStep queued;
    /** Where the step begins whose results are being read. */
    private QueuedStep.@Nullable Place reading;

    /** @param losses the names of a step's losses */
    StepQueue(List<String> losses, RunProgress progress) {
        this.losses = losses;
        this.progress = progress;
    }

    /** Puts a step in, after {@link #read} has emptied the queue. */
    void put(QueuedStep step) {
        queued = step;
    }

    /**
     * Reads the results of the step in the queue, and waits for them; null if there is none.
     *
     * @throws io.github.cloze4j.DivergenceException if a number is not finite; {@link #takeBack} then makes up for it
     */
    @Nullable
    StepReport read() {
        QueuedStep step = queued;
        if (step == null) {
            return null;
        }
        queued = null;
        reading = step.before();
        StepReport report = step.read(losses, progress.clock());
        reading = null;
        progress.note(report);
        return report;
    }

    /** Forgets the step in the queue: the run goes on from elsewhere. */
    void clear() {
        queued = null;
    }

    /** Goes back to where the step begins that was not applied, if there is one; a step after it was not applied either. */
    void takeBack() {
        if (reading != null) {
            progress.takeBack(reading);
            reading = null;
            queued = null;
        }
    }
}
