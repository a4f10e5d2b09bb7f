package io.github.cloze4j.files;

import io.github.cloze4j.Cloze4jException;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.UUID;

/**
 * Replaces several files of a directory together: after a failure or a crash all of them are the former ones. The
 * directory's other files stay as they are. One process may replace; readers ask {@link #current}.
 */
public final class AtomicFileGroup {
    /** Holds the former files while new ones take their places; its removal makes the new ones valid. */
    private static final String FORMER = ".cloze4j-former";

    private static final String TEMPORARY = ".cloze4j-temporary-";

    private AtomicFileGroup() {}

    /** Writes the new files. */
    @FunctionalInterface
    public interface Content {
        /** Writes files into the given empty directory, each forced to disk, as {@link AtomicFiles} does it. */
        void writeTo(Path staging) throws IOException;
    }

    /** Renames a file or a directory atomically; a file that bears the new name is replaced. */
    @FunctionalInterface
    interface Mover {
        void move(Path from, Path to) throws IOException;
    }

    /**
     * Creates the directory if need be, lets the new files be written aside, and puts them into their places.
     *
     * @throws Cloze4jException if anything fails; the files are then all former ones, or all new ones where only forcing
     *     the directory to disk failed
     */
    public static void replace(Path directory, Content content) {
        replace(directory, content, AtomicFileGroup::move);
    }

    static void replace(Path directory, Content content, Mover mover) {
        try {
            Files.createDirectories(directory);
            cleanLeftovers(directory, mover);
            Path staging = temporary(directory);
            UnfinishedPaths.add(staging);
            try {
                Files.createDirectory(staging);
                content.writeTo(staging);
                AtomicFiles.synchronizeDirectory(staging);
                UnfinishedPaths.commit(() -> publish(directory, staging, mover));
            } finally {
                FileTrees.deleteLogged(staging);
                UnfinishedPaths.remove(staging);
            }
        } catch (IOException e) {
            throw new Cloze4jException(
                    directory + ": Expected to replace files. Received: "
                            + FileProblem.of(e).sentences() + whereFormerFilesAre(directory),
                    e);
        }
    }

    /**
     * Finishes or undoes what a process that was killed had begun, so that the files are in their places and nothing
     * temporary is left. Only for a directory that no other process writes to.
     *
     * @throws Cloze4jException if the former files cannot return to their places
     */
    public static void recover(Path directory) {
        if (!Files.isDirectory(directory)) {
            return;
        }
        try {
            cleanLeftovers(directory, AtomicFileGroup::move);
        } catch (IOException e) {
            throw new Cloze4jException(
                    directory + ": Expected to bring the former files back. Received: "
                            + FileProblem.of(e).sentences() + whereFormerFilesAre(directory),
                    e);
        }
    }

    private static void move(Path from, Path to) throws IOException {
        Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** For messages, after the second failure: that of undoing the first. */
    private static String whereFormerFilesAre(Path directory) {
        Path former = directory.resolve(FORMER);
        return Files.isDirectory(former)
                ? "; the former files are in " + former
                        + ", from where they are read and the next write brings them back"
                : "";
    }

    /** Where to read the files: the directory, or where the former ones are kept if a crash interrupted a replacement. */
    public static Path current(Path directory) {
        Path former = directory.resolve(FORMER);
        return Files.isDirectory(former) ? former : directory;
    }

    private static void publish(Path directory, Path staging, Mover mover) throws IOException {
        List<Path> files = FileTrees.entries(staging);
        Path former = keepFormer(directory, files, mover);
        Path discarded = temporary(directory);
        try {
            for (Path file : files) {
                mover.move(file, directory.resolve(file.getFileName()));
            }
            AtomicFiles.synchronizeDirectory(directory);
            // From this rename on the new files are valid.
            mover.move(former, discarded);
        } catch (IOException e) {
            undo(directory, files, mover, e);
            throw e;
        }
        AtomicFiles.synchronizeDirectory(directory);
        FileTrees.deleteLogged(discarded);
    }

    /** Gives the files that are about to be replaced a second place, all of them at one moment. */
    private static Path keepFormer(Path directory, List<Path> files, Mover mover) throws IOException {
        Path kept = Files.createDirectory(temporary(directory));
        try {
            for (Path file : files) {
                Path target = directory.resolve(file.getFileName());
                if (Files.isDirectory(target)) {
                    throw new IOException("a directory " + target);
                }
                if (Files.exists(target)) {
                    duplicate(target, kept.resolve(file.getFileName()));
                }
            }
            AtomicFiles.synchronizeDirectory(kept);
            Path former = directory.resolve(FORMER);
            mover.move(kept, former);
            AtomicFiles.synchronizeDirectory(directory);
            return former;
        } finally {
            FileTrees.deleteLogged(kept);
        }
    }

    private static void undo(Path directory, List<Path> files, Mover mover, IOException failure) {
        try {
            for (Path file : files) {
                boolean placed = Files.notExists(file);
                boolean hadNoPredecessor =
                        Files.notExists(directory.resolve(FORMER).resolve(file.getFileName()));
                if (placed && hadNoPredecessor) {
                    mover.move(directory.resolve(file.getFileName()), file);
                }
            }
            restore(directory, mover);
        } catch (IOException e) {
            // The former files are still found by current(), and the next call restores them.
            failure.addSuppressed(e);
        }
    }

    /** Finishes what a crash interrupted: the former files return to their places. */
    private static void cleanLeftovers(Path directory, Mover mover) throws IOException {
        restore(directory, mover);
        for (Path path : FileTrees.entries(directory)) {
            if (path.getFileName().toString().startsWith(TEMPORARY)) {
                FileTrees.deleteLogged(path);
            }
        }
    }

    private static void restore(Path directory, Mover mover) throws IOException {
        Path former = directory.resolve(FORMER);
        if (Files.notExists(former)) {
            return;
        }
        Path scratch = Files.createDirectory(temporary(directory));
        Path discarded = temporary(directory);
        try {
            for (Path file : FileTrees.entries(former)) {
                // A duplicate moves, so that a crash here too leaves all former files together.
                Path duplicate = scratch.resolve(file.getFileName());
                duplicate(file, duplicate);
                mover.move(duplicate, directory.resolve(file.getFileName()));
            }
            AtomicFiles.synchronizeDirectory(directory);
            mover.move(former, discarded);
            AtomicFiles.synchronizeDirectory(directory);
        } finally {
            FileTrees.deleteLogged(scratch);
            FileTrees.deleteLogged(discarded);
        }
    }

    /** A second name of a file, or a copy where the file system has no such thing. */
    private static void duplicate(Path file, Path to) throws IOException {
        // A hard link to a symbolic link would point elsewhere from its new place.
        if (!Files.isSymbolicLink(file)) {
            try {
                Files.createLink(to, file);
                return;
            } catch (FileSystemException | UnsupportedOperationException noLinks) {
                Files.deleteIfExists(to);
            }
        }
        Files.copy(file, to);
        AtomicFiles.force(to, StandardOpenOption.WRITE);
    }

    private static Path temporary(Path directory) {
        return directory.resolve(TEMPORARY + UUID.randomUUID());
    }
}
