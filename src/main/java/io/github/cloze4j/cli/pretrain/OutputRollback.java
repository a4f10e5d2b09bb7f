package io.github.cloze4j.cli.pretrain;

import io.github.cloze4j.files.FileTrees;
import io.github.cloze4j.train.StepReport;
import io.github.cloze4j.train.TrainingListener;
import io.github.cloze4j.train.TrainingResult;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;

/**
 * Deletes the files that a run made if the run fails before the end of its first step, so that the next run is not refused
 * because of them. Files that were there before stay, and the content of a run that was to begin again comes back. Used by
 * the process that holds the directory's lock.
 */
public final class OutputRollback implements TrainingListener, AutoCloseable {
    private final PretrainOutput output;
    private final List<Path> absentContent;
    private boolean worthKeeping;

    private OutputRollback(PretrainOutput output) {
        this.output = output;
        absentContent =
                output.content().stream().filter(path -> !Files.exists(path)).toList();
    }

    /** For a run that goes on with what is there; to be made before the run makes anything. */
    static OutputRollback of(PretrainOutput output) {
        return new OutputRollback(output);
    }

    /**
     * For a run that begins again: sets the former run's content aside.
     *
     * @param inputs what the new run was told to read, which stays in its place
     */
    public static OutputRollback ofRestart(PretrainOutput output, List<Path> inputs) throws IOException {
        Files.createDirectory(output.former());
        List<Path> present = output.present(inputs);
        try {
            for (Path path : present) {
                Files.move(path, output.former().resolve(path.getFileName()));
            }
            return new OutputRollback(output);
        } catch (IOException e) {
            bringBack(output);
            throw e;
        }
    }

    /**
     * Brings back the content of a run that a process was to begin again, if that process was killed before its first step.
     * Needs the lock of the directory.
     */
    static void recover(PretrainOutput output) throws IOException {
        FileTrees.delete(output.givenUp());
        bringBack(output);
    }

    @Override
    public void onStep(StepReport report) {
        keep();
    }

    @Override
    public void onEnd(TrainingResult result) {
        keep();
    }

    private void keep() {
        if (!worthKeeping) {
            worthKeeping = true;
            try {
                giveUpFormer();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** By a rename first: what a process that is killed meanwhile has deleted in part must not come back. */
    private void giveUpFormer() throws IOException {
        if (Files.exists(output.former())) {
            Files.move(output.former(), output.givenUp(), StandardCopyOption.ATOMIC_MOVE);
            FileTrees.delete(output.givenUp());
        }
    }

    @Override
    public void close() throws IOException {
        if (worthKeeping) {
            return;
        }
        for (Path path : absentContent) {
            FileTrees.delete(path);
        }
        bringBack(output);
    }

    private static void bringBack(PretrainOutput output) throws IOException {
        if (!Files.exists(output.former())) {
            return;
        }
        for (Path path : output.all()) {
            Path former = output.former().resolve(path.getFileName());
            if (Files.exists(former)) {
                // The new run has made what is there, because the former run's content was set aside.
                FileTrees.delete(path);
                Files.move(former, path);
            }
        }
        Files.delete(output.former());
    }
}
