package io.github.cloze4j.cli.finetune;

import io.github.cloze4j.checkpoint.CheckpointStore;
import java.nio.file.Path;
import java.util.List;

/** A run of one seed and where it writes. */
record SeedRun(long seed, FinetuneOutput output, CheckpointStore store) {
    /**
     * The runs of seeds. A single one writes to the directory itself, several to a directory each within it.
     *
     * @param keep the number of the newest checkpoints that are kept
     * @throws IllegalArgumentException if fewer than 1 are kept
     */
    static List<SeedRun> of(Path directory, List<Long> seeds, int keep) {
        return seeds.stream()
                .map(seed -> {
                    FinetuneOutput output =
                            new FinetuneOutput(seeds.size() == 1 ? directory : directory.resolve("seed-" + seed));
                    return new SeedRun(seed, output, new CheckpointStore(output.checkpoints(), keep));
                })
                .toList();
    }

    /** Whether there is a checkpoint to go on from. */
    boolean hasBegun() {
        return store.latest().isPresent();
    }

    /** Refuses a new run where a model or another run is, and to go on where there is no checkpoint. */
    void requireFree(boolean resume) {
        output.requireFree(resume, store);
    }
}
