package io.github.cloze4j.cli.pretrain;

import io.github.cloze4j.CheckpointFormatException;
import io.github.cloze4j.Cloze4jException;
import io.github.cloze4j.checkpoint.CheckpointStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Checks whether a run may begin, go on or begin again in its output directory, so that no file there is lost unasked.
 *
 * @param output the directory of the run
 * @param resume whether the run goes on
 * @param restart whether the run begins again
 */
record OutputCheck(PretrainOutput output, boolean resume, boolean restart) {
    /** Refuses to go on with, or to begin again, a run that is not there. Comes before the lock, which makes the directory. */
    void requireRun() {
        if (restart && !output.holdsRun()) {
            throw new Cloze4jException("Expected the directory of a run to begin again. Received: " + output.directory()
                    + ", which has no " + output.settings().getFileName()
                    + ". Check --output, or leave --restart out");
        }
        if (resume && !Files.isDirectory(output.directory())) {
            throw new Cloze4jException("Expected the directory of a run to go on with. Received: " + output.directory()
                    + ", which does not exist. Check --output, or leave --resume out");
        }
    }

    /**
     * Refuses a new run where another run or somebody's files are.
     *
     * @param inputs what the new run was told to read, which may be there
     */
    void requireFree(List<Path> inputs) {
        if (!resume && !restart) {
            output.occupied(inputs).ifPresent(path -> {
                // Only a run's own settings prove a run: nobody is told to delete or replace anything else.
                boolean run = output.holdsRun();
                throw new Cloze4jException((run
                                ? "Expected an output directory without a run. Received: "
                                : "Expected a new output directory, or one without files of a model's names. Received: ")
                        + output.directory() + ", which holds " + path.getFileName() + ". Name another with --output"
                        + (run ? ", go on with --resume, or begin again with --restart" : ""));
            });
        }
    }

    /** Refuses to go on without a checkpoint: the run would begin again, over what is there. */
    void requireCheckpoint(CheckpointStore store) {
        try {
            if (store.latest().isEmpty()) {
                throw new Cloze4jException("Expected a checkpoint in " + output.checkpoints()
                        + " to go on from. Received: none"
                        + (output.holdsRun()
                                ? ", because the run ended before its first. Begin it again with --restart"
                                : ", nor another trace of a run. Check --output, or leave --resume out"));
            }
        } catch (CheckpointFormatException damaged) {
            throw new CheckpointFormatException(damaged.getMessage() + " with --restart", damaged);
        }
        if (!output.holdsRun()) {
            throw new Cloze4jException("Expected " + output.settings().getFileName()
                    + ", the options of the run, beside its checkpoints in " + output.directory()
                    + ". Received: none, so that the run would go on with other options. Put the file back, or write it"
                    + " again with the options of the run, a line such as lr=1e-3 for each");
        }
    }
}
