package io.github.cloze4j.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** Where a run keeps what: the output directory is the model's directory, with the run's own things beside the model. */
record PretrainOutput(Path directory) {
    /** Token shards. */
    Path data() {
        return directory.resolve("data");
    }

    /** What {@code --resume} goes on from. */
    Path checkpoints() {
        return directory.resolve("checkpoints");
    }

    /** The options of the run, as {@code --config} takes them. */
    Path settings() {
        return directory.resolve("pretrain.properties");
    }

    /** Written before the data, so that a resumed run has the same ids. */
    Path vocabulary() {
        return directory.resolve("vocab.txt");
    }

    Path log() {
        return directory.resolve("training.jsonl");
    }

    Path tensorBoard() {
        return directory.resolve("tensorboard");
    }

    boolean holdsRun() {
        return Files.exists(settings())
                || Files.exists(checkpoints())
                || Files.exists(directory.resolve("model.safetensors"));
    }

    /** Takes back a directory that was made for nothing. */
    void removeIfEmpty() throws IOException {
        try (Stream<Path> found = Files.list(directory)) {
            if (found.findAny().isEmpty()) {
                Files.delete(directory);
            }
        }
    }
}
