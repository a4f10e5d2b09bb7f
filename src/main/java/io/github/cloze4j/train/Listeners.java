package io.github.cloze4j.train;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/** The listeners of a trainer, in the order in which they were added. Each start of a run is told once. */
final class Listeners {
    /** Can grow while it is read: a listener may add another. */
    private final List<TrainingListener> all = new CopyOnWriteArrayList<>();

    /** Whether the listeners have heard the start of a run, and neither its end nor its failure. */
    private boolean started;

    void add(TrainingListener listener) {
        all.add(listener);
    }

    void tell(Consumer<TrainingListener> event) {
        all.forEach(event);
    }

    /** Tells of the start of a run, unless the run has started before. */
    void start(TrainingConfig config, Map<String, String> task, long firstStep) {
        if (!started) {
            started = true;
            tell(listener -> listener.onStart(config, task, firstStep));
        }
    }

    /** The run has failed or goes on from elsewhere: its next step comes after another start. */
    void startAgain() {
        started = false;
    }

    /** Tells of the end of a run. */
    void end(TrainingResult result) {
        started = false;
        tell(listener -> listener.onEnd(result));
    }
}
