package io.github.cloze4j.train;

import io.github.cloze4j.checkpoint.CheckpointStore;
import io.github.cloze4j.checkpoint.TrainingCheckpoint;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The checkpoints of a run, each step saved once. A run without a store saves nothing. */
final class RunCheckpoints {
    private static final long NEVER = -1;

    private final @Nullable CheckpointStore store;
    private final TrainingSnapshot snapshot;
    private final ModelSelector selector;
    private final Timetable timetable;
    private final Listeners listeners;
    private long savedStep = NEVER;
    private boolean savedOwed;

    RunCheckpoints(@Nullable CheckpointStore store, RunParts parts, Timetable timetable, Listeners listeners) {
        this.store = store;
        selector = parts.evaluations().selector();
        snapshot = new TrainingSnapshot(
                parts.task().parameters(), parts.optimizer(), selector.weights(), parts.task()::identity);
        this.timetable = timetable;
        this.listeners = listeners;
    }

    /** The newest complete checkpoint; empty if there is none. */
    Optional<TrainingCheckpoint> latest() {
        return store == null ? Optional.empty() : store.latest();
    }

    /** The state in a checkpoint that {@link #restore} can restore; changes nothing. */
    TrainingState check(TrainingCheckpoint checkpoint) {
        TrainingState state = snapshot.state(checkpoint);
        state.best = selector.goOnWith(state);
        snapshot.check(checkpoint, state);
        return state;
    }

    /**
     * Overwrites parameters, moments and the best weights with those of a checkpoint.
     *
     * @param state the state that {@link #check} returned for the checkpoint
     */
    void restore(TrainingCheckpoint checkpoint, TrainingState state) {
        snapshot.restore(checkpoint, state);
        savedStep = NEVER;
    }

    /** Notes that a checkpoint on disk has a state, so that {@link #save} need not write it again. */
    void saved(TrainingState state) {
        savedStep = state.step;
        savedOwed = state.evaluationOwed;
    }

    /** A checkpoint in the Java heap. */
    TrainingCheckpoint capture(TrainingState state) {
        return snapshot.capture(state);
    }

    /** Keeps others from saving to the same directory, until {@link #unlock}. */
    void lock() {
        if (store != null) {
            store.lock();
        }
    }

    /** Lets others save again. */
    void unlock() {
        if (store != null) {
            store.unlock();
        }
    }

    /**
     * Saves a state and tells the listeners, unless its step was saved before and no evaluation was made up for since.
     *
     * @throws io.github.cloze4j.DivergenceException if the model or the moments are not finite; saves nothing then
     */
    void save(TrainingState state) {
        snapshot.requireFinite(state);
        if (store == null || (savedStep == state.step && savedOwed == state.evaluationOwed)) {
            return;
        }
        Path path = snapshot.save(store, state);
        saved(state);
        timetable.saved();
        listeners.tell(listener -> listener.onCheckpoint(state.step, path));
    }
}
