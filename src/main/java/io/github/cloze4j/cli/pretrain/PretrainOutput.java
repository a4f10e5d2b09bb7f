package io.github.cloze4j.cli.pretrain;

import io.github.cloze4j.Cloze4jException;
import io.github.cloze4j.files.AtomicFileGroup;
import io.github.cloze4j.files.AtomicFiles;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The files of a run: the output directory is the model's directory, with the run's own files beside the model. */
public record PretrainOutput(Path directory) {
    private static final List<String> MODEL_FILES = List.of(
            "config.json",
            "model.safetensors",
            "adapter_config.json",
            "adapter_model.safetensors",
            "vocab.txt",
            "tokenizer.json",
            "tokenizer_config.json",
            "README.md",
            "report.html",
            "training.jsonl",
            "pretrain.properties");

    /** Token shards. */
    public Path data() {
        return directory.resolve("data");
    }

    /** What {@code --resume} goes on from. */
    public Path checkpoints() {
        return directory.resolve("checkpoints");
    }

    /** The options of the run, as {@code --config} takes them. */
    public Path settings() {
        return directory.resolve("pretrain.properties");
    }

    /** What {@code --from} named: the configuration and the tokenizer of a run that trains a model further. */
    public Path start() {
        return directory.resolve("start");
    }

    /** Written before the data, so that a resumed run has the same ids. */
    public Path vocabulary() {
        return directory.resolve("vocab.txt");
    }

    public Path log() {
        return directory.resolve("training.jsonl");
    }

    public Path tensorBoard() {
        return directory.resolve("tensorboard");
    }

    /** All that a run makes before its model. */
    List<Path> content() {
        return List.of(settings(), checkpoints(), log(), tensorBoard(), data(), vocabulary(), start());
    }

    /** The run's content and the weights of its model or adapter, which must not be taken for one of the other kind. */
    List<Path> all() {
        return Stream.concat(
                        content().stream(),
                        Stream.of("model.safetensors", "adapter_config.json", "adapter_model.safetensors")
                                .map(directory::resolve))
                .toList();
    }

    /** Where the content of a run that is begun again lies until the new one has done a step. */
    public Path former() {
        return directory.resolve(".cloze4j-former-run");
    }

    /** Where that content lies while it is deleted. */
    Path givenUp() {
        return directory.resolve(".cloze4j-given-up-run");
    }

    /** The options of the run: those that were set aside, if a process was killed that was to begin the run again. */
    Path currentSettings() {
        Path aside = former().resolve(settings().getFileName());
        return Files.exists(aside) ? aside : settings();
    }

    /** Finds before hours of training that a file of the model cannot take its place. */
    void requireNoDirectories() {
        for (String name : MODEL_FILES) {
            if (Files.isDirectory(directory.resolve(name))) {
                throw new Cloze4jException("Expected room for the file " + name
                        + " of the model. Received: a directory of" + " this name in " + directory
                        + ". Rename it, or name another directory with --output");
            }
        }
    }

    /** Deletes what processes that were killed left half written; with the directory's lock only. */
    void deleteLeftovers() {
        for (Path written : List.of(directory, start())) {
            AtomicFileGroup.recover(written);
            AtomicFiles.deleteLeftovers(written);
        }
    }

    /** Whether a run has begun here. */
    boolean holdsRun() {
        return Files.isRegularFile(currentSettings());
    }

    /** The run's content and its model's weights that are there, without what a new run was told to read. */
    List<Path> present(List<Path> inputs) {
        Set<Path> read =
                inputs.stream().map(path -> path.toAbsolutePath().normalize()).collect(Collectors.toSet());
        return all().stream()
                .filter(Files::exists)
                .filter(path -> !read.contains(path.toAbsolutePath().normalize()))
                .toList();
    }

    /** What a new run would take for its own or overwrite, if anything; what it was told to read is none of it. */
    Optional<Path> occupied(List<Path> inputs) {
        return present(inputs).stream().findFirst();
    }
}
