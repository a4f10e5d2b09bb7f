package io.github.cloze4j.cli;

import io.github.cloze4j.CorpusException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** Looks at what {@code --vocab} names before it is read. */
public final class VocabularyPath {
    private static final String NAME = "vocab.txt";

    private VocabularyPath() {}

    /**
     * The same file, if it may be a vocabulary, a token a line.
     *
     * @throws CorpusException if it is a directory or another file of a model
     */
    public static Path checked(Path file) {
        if (Files.isDirectory(file)) {
            throw refused(file + ", which is a directory", file.resolve(NAME));
        }
        String name = String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
        if (name.endsWith(".json") || name.endsWith(".model") || name.endsWith(".bpe")) {
            throw refused(
                    file + (name.endsWith(".json") ? ", which is JSON" : ", which is another kind of tokenizer's"),
                    file.resolveSibling(NAME));
        }
        return file;
    }

    private static CorpusException refused(String received, Path likely) {
        return new CorpusException("Expected a vocabulary, one token a line. Received: " + received + ". "
                + (Files.isRegularFile(likely)
                        ? "Name " + likely
                        : "Name the model's " + NAME + ", or begin with the model's own tokenizer by pretrain --from"));
    }
}
