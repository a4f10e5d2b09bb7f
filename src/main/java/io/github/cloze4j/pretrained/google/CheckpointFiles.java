package io.github.cloze4j.pretrained.google;

import io.github.cloze4j.CheckpointFormatException;
import io.github.cloze4j.files.FileProblem;
import io.github.cloze4j.pretrained.NameList;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Where the files of a Google checkpoint lie: as Google published them, all in one directory, or as a SavedModel has them,
 * the checkpoint in {@code variables/} and the vocabulary in {@code assets/}.
 *
 * @param index of the checkpoint
 * @param vocabulary {@code vocab.txt}
 * @param config {@code bert_config.json}, if there is one
 * @param tokenizer the vocabulary's directory, if {@code tokenizer_config.json} stands there too
 */
record CheckpointFiles(
        Path index,
        Path vocabulary,
        @Nullable Path config,
        @Nullable Path tokenizer) {
    static final String VOCABULARY = "vocab.txt";
    static final String CONFIG = "bert_config.json";
    static final String TOKENIZER_CONFIG = "tokenizer_config.json";

    private static final String VARIABLES = "variables";
    private static final String ASSETS = "assets";

    private static final String REMEDY =
            "Name the directory, zip or jar of a TensorFlow checkpoint with its vocabulary";

    /**
     * Finds the files.
     *
     * @param checkpoint the name of the checkpoint, without {@code .index}; null if there is only one
     * @throws CheckpointFormatException if there is no such checkpoint or no vocabulary, or the checkpoint's name is needed
     */
    static CheckpointFiles in(Path directory, @Nullable String checkpoint) {
        List<Path> all = new ArrayList<>(indices(directory));
        all.addAll(indices(directory.resolve(VARIABLES)));
        List<Path> indices = all.stream()
                .filter(path -> checkpoint == null || checkpoint.equals(name(path)))
                .toList();
        if (indices.size() != 1) {
            String names = NameList.of(all.stream().map(CheckpointFiles::name).toList());
            throw failure(
                    directory,
                    checkpoint == null
                            ? "one checkpoint, a file *.index, here or in " + VARIABLES
                            : "a checkpoint " + checkpoint + ", a file " + checkpoint + TensorBundle.INDEX_SUFFIX,
                    names,
                    all.size() > 1 ? "Choose one of them (import: --checkpoint NAME)" : REMEDY);
        }
        Path holder = Files.isRegularFile(directory.resolve(VOCABULARY)) ? directory : directory.resolve(ASSETS);
        Path vocabulary = holder.resolve(VOCABULARY);
        if (!Files.isRegularFile(vocabulary)) {
            throw failure(directory, VOCABULARY + " here or in " + ASSETS, "none", REMEDY);
        }
        Path config = directory.resolve(CONFIG);
        return new CheckpointFiles(
                indices.get(0),
                vocabulary,
                Files.isRegularFile(config) ? config : null,
                Files.isRegularFile(holder.resolve(TOKENIZER_CONFIG)) ? holder : null);
    }

    private static String name(Path index) {
        String file = index.getFileName().toString();
        return file.substring(0, file.length() - TensorBundle.INDEX_SUFFIX.length());
    }

    private static List<Path> indices(Path directory) {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(path -> path.getFileName().toString().endsWith(TensorBundle.INDEX_SUFFIX))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new CheckpointFormatException(
                    directory + ": Expected a directory that can be listed. Received: "
                            + FileProblem.of(e).sentences(),
                    e);
        }
    }

    private static CheckpointFormatException failure(Path directory, String expected, String received, String remedy) {
        return new CheckpointFormatException(
                directory + ": Expected " + expected + ". Received: " + received + ". " + remedy);
    }
}
