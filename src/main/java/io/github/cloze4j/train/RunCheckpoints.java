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
    private long savedStep = NEVER;

    RunCheckpoints(@Nullable CheckpointStore store, TrainingSnapshot snapshot) {
        this.store = store;
        this.snapshot = snapshot;
    }

    /** The newest complete checkpoint; empty if there is none. */
    Optional<TrainingCheckpoint> latest() {
        return store == null ? Optional.empty() : store.latest();
    }

    /** The state in a checkpoint that {@link #restore} can restore; changes nothing. */
    TrainingState check(TrainingCheckpoint checkpoint) {
        return snapshot.check(checkpoint);
    }

    /** Overwrites parameters and moments with those of a checkpoint that {@link #check} has passed. */
    void restore(TrainingCheckpoint checkpoint) {
        snapshot.restore(checkpoint);
        savedStep = NEVER;
    }

    /** Notes that a checkpoint on disk has the present state, so that {@link #save} need not write it again. */
    void saved(TrainingCheckpoint checkpoint) {
        savedStep = checkpoint.step();
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

    /** Saves a state; returns where, or nothing if its step was saved before. */
    Optional<Path> save(TrainingState state) {
        if (store == null || savedStep == state.step) {
            return Optional.empty();
        }
        Path path = snapshot.save(store, state);
        savedStep = state.step;
        return Optional.of(path);
    }
}
