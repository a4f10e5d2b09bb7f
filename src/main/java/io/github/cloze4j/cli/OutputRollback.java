package io.github.cloze4j.cli;

import io.github.cloze4j.checkpoint.FileTrees;
import io.github.cloze4j.train.StepReport;
import io.github.cloze4j.train.TrainingListener;
import io.github.cloze4j.train.TrainingResult;
import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Takes back what a run made, where it fails before the end of its first step: nothing stays that the next run would be
 * refused for. What stood there before stays.
 */
final class OutputRollback implements TrainingListener, AutoCloseable {
    private final List<Path> absentContent;
    private final List<Path> absentDirectories = new ArrayList<>();
    private boolean worthKeeping;

    /** Looks at what is there; to be made before the run makes anything. */
    OutputRollback(PretrainOutput output) {
        absentContent =
                output.content().stream().filter(path -> !Files.exists(path)).toList();
        Path directory = output.directory().toAbsolutePath();
        while (directory != null && !Files.exists(directory)) {
            absentDirectories.add(directory);
            directory = directory.getParent();
        }
    }

    @Override
    public void onStep(StepReport report) {
        worthKeeping = true;
    }

    @Override
    public void onEnd(TrainingResult result) {
        worthKeeping = true;
    }

    @Override
    public void close() throws IOException {
        if (worthKeeping) {
            return;
        }
        for (Path path : absentContent) {
            FileTrees.delete(path);
        }
        try {
            for (Path directory : absentDirectories) {
                Files.deleteIfExists(directory);
            }
        } catch (DirectoryNotEmptyException inUse) {
            // Somebody else put something there meanwhile: it is not ours to delete.
            return;
        }
    }
}
