package io.github.cloze4j.cli.finetune;

import io.github.cloze4j.Cloze4jException;
import io.github.cloze4j.checkpoint.CheckpointStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The files of a fine-tuning run: the output directory is the model's directory, with the run's own files beside the model. */
record FinetuneOutput(Path directory) {
    private static final List<String> FILES = List.of(
            "checkpoints",
            "training.jsonl",
            "tensorboard",
            "config.json",
            "model.safetensors",
            "adapter_config.json",
            "adapter_model.safetensors",
            "vocab.txt");

    /** What {@code --resume} goes on from. */
    Path checkpoints() {
        return directory.resolve("checkpoints");
    }

    Path log() {
        return directory.resolve("training.jsonl");
    }

    Path tensorBoard() {
        return directory.resolve("tensorboard");
    }

    /** Refuses a new run where a model or another run is, and to go on where there is no checkpoint. */
    void requireFree(boolean resume, CheckpointStore store) {
        if (resume) {
            if (store.latest().isEmpty()) {
                throw new Cloze4jException("Expected a checkpoint in " + checkpoints()
                        + " to go on from. Received: none. Check --output, or leave --resume out");
            }
            return;
        }
        FILES.stream()
                .filter(name -> Files.exists(directory.resolve(name)))
                .findFirst()
                .ifPresent(name -> {
                    throw new Cloze4jException(
                            "Expected a new output directory, or one without files of a model's names."
                                    + " Received: " + directory + ", which holds " + name
                                    + ". Name another with --output, or go on with --resume");
                });
    }
}
