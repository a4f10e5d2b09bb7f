package io.github.cloze4j.pretrained.huggingface;

import io.github.cloze4j.CheckpointFormatException;
import io.github.cloze4j.Cloze4jException;
import io.github.cloze4j.files.AtomicFileGroup;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Reads several files of a model directory as they were at one moment. A program that replaces a model renames one file after
 * the other; a reader between two renames would pair one model's vocabulary with another's weights, without an error. The
 * files' identities are therefore compared before and after reading, and a read that a replacement overlapped is repeated.
 */
final class OneState {
    private static final int ATTEMPTS = 50;
    private static final long PAUSE_MILLIS = 10;

    /** The files that make a model; others, such as logs, may change at any time. */
    private static final Pattern OF_MODEL = Pattern.compile(
            "(config|adapter_config|tokenizer|tokenizer_config|special_tokens_map|added_tokens)\\.json|vocab\\.txt"
                    + "|.*\\.safetensors(\\.index\\.json)?");

    private OneState() {}

    /**
     * What tells a file from one that replaced it or was written over it.
     *
     * @param key null if the file system has no such thing
     */
    private record Identity(@Nullable Object key, long bytes, FileTime modified) {}

    /**
     * The files of a directory at a moment.
     *
     * @param current where they are: the directory, or where a replacement keeps the former files
     */
    private record State(Path current, Map<String, Identity> files) {
        /** Null if files come and go at this moment. */
        static @Nullable State of(Path directory) {
            Path current = AtomicFileGroup.current(directory);
            Map<String, Identity> files = new TreeMap<>();
            if (!Files.isDirectory(current)) {
                return new State(current, files);
            }
            try (Stream<Path> entries = Files.list(current)) {
                for (Path file : (Iterable<Path>) entries::iterator) {
                    String name = file.getFileName().toString();
                    if (OF_MODEL.matcher(name).matches()) {
                        BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
                        files.put(
                                name,
                                new Identity(attributes.fileKey(), attributes.size(), attributes.lastModifiedTime()));
                    }
                }
                return new State(current, files);
            } catch (IOException | java.io.UncheckedIOException changing) {
                return null;
            }
        }
    }

    /** What was read, or why it was not. */
    private record Outcome<T>(@Nullable T value, @Nullable Cloze4jException failure) {
        static <T> Outcome<T> of(Path current, Function<Path, T> reader) {
            try {
                return new Outcome<>(reader.apply(current), null);
            } catch (Cloze4jException failure) {
                return new Outcome<>(null, failure);
            }
        }

        T get() {
            if (failure != null) {
                throw failure;
            }
            if (value == null) {
                throw new IllegalStateException("Expected a value or a failure");
            }
            return value;
        }

        void discard() {
            if (value instanceof StoredModel model) {
                model.close();
            }
        }
    }

    /**
     * Reads until no replacement overlaps; a failure of the reader counts only then.
     *
     * @param reader gets the place of the files
     * @throws CheckpointFormatException if the files change all the time
     */
    static <T> T read(Path directory, Function<Path, T> reader) {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            State before = State.of(directory);
            if (before != null) {
                Outcome<T> outcome = Outcome.of(before.current(), reader);
                if (before.equals(State.of(directory))) {
                    return outcome.get();
                }
                outcome.discard();
            }
            pause();
        }
        throw new CheckpointFormatException(directory + ": Expected a model that stays as it is while it is read."
                + " Received: files that were replaced in each of " + ATTEMPTS + " attempts. Read the model again when"
                + " the program that writes it is done");
    }

    /** Waits on an interrupted thread too, which stays interrupted: all attempts together take half a second. */
    private static void pause() {
        boolean interrupted = Thread.interrupted();
        try {
            Thread.sleep(PAUSE_MILLIS);
        } catch (InterruptedException e) {
            interrupted = true;
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
