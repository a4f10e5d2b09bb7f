package io.github.cloze4j.files;

import io.github.cloze4j.Cloze4jException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A directory that is filled under a temporary name beside its target and then takes the target's place. Until {@link
 * #commit} the target is as it was; a directory that stood there is renamed away first and deleted last.
 */
public final class DirectoryReplacement implements AutoCloseable {
    private static final String UNFINISHED = ".tmp";
    private static final String PREVIOUS = ".old";

    /** The target's name between a dot and a {@link UUID}. */
    private static final Pattern NAME =
            Pattern.compile("\\.(.+)-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\\.(?:tmp|old)");

    private final Path target;
    private final Path temporary;
    private final Path previous;
    private final Mover mover;
    /** Whether the new directory is all that is left of the data. */
    private boolean kept;

    /** Renames a directory. */
    @FunctionalInterface
    interface Mover {
        void move(Path from, Path to) throws IOException;
    }

    /**
     * Makes the temporary directory.
     *
     * @param target exists or not; the directories above it are made if need be
     * @throws Cloze4jException if it cannot be made
     */
    public DirectoryReplacement(Path target) {
        this(target, (from, to) -> Files.move(from, to, StandardCopyOption.ATOMIC_MOVE));
    }

    DirectoryReplacement(Path target, Mover mover) {
        this.mover = mover;
        try {
            // A symbolic link stays a link: what it points to is replaced.
            this.target = Files.exists(target)
                    ? target.toRealPath()
                    : target.toAbsolutePath().normalize();
            Path parent = this.target.getParent();
            if (parent == null) {
                throw new IllegalArgumentException("Expected a directory. Received: the root " + target);
            }
            Files.createDirectories(parent);
            String name = prefix(this.target) + UUID.randomUUID();
            temporary = parent.resolve(name + UNFINISHED);
            UnfinishedPaths.add(temporary);
            Files.createDirectory(temporary);
            previous = parent.resolve(name + PREVIOUS);
        } catch (IOException e) {
            throw failed(target, e);
        }
    }

    /**
     * Deletes the temporary directories of processes that were killed, and the directories that they had replaced. A directory
     * that they had renamed away without replacing it returns to its name. Only for a target that no other process fills
     * meanwhile; what cannot be deleted is logged and stays.
     */
    public static void deleteLeftovers(Path target) {
        Path absolute = target.toAbsolutePath().normalize();
        Path parent = absolute.getParent();
        if (parent == null || !Files.isDirectory(parent)) {
            return;
        }
        try {
            for (Path sibling : FileTrees.entries(parent)) {
                if (!targetOf(sibling).equals(Optional.of(absolute))) {
                    continue;
                }
                if (isFormer(sibling) && Files.notExists(absolute)) {
                    Files.move(sibling, absolute, StandardCopyOption.ATOMIC_MOVE);
                } else {
                    FileTrees.deleteLogged(sibling);
                }
            }
        } catch (IOException e) {
            throw failed(target, e);
        }
    }

    /**
     * Deletes a directory. A crash leaves all of it, or nothing under its name; what cannot be deleted is logged and stays under
     * another name, for {@link #deleteLeftovers}.
     */
    public static void delete(Path target) throws IOException {
        Path doomed = target.resolveSibling(prefix(target) + UUID.randomUUID() + UNFINISHED);
        Files.move(target, doomed, StandardCopyOption.ATOMIC_MOVE);
        FileTrees.deleteLogged(doomed);
    }

    /** The target that a directory was filled for or renamed away from; empty if this class did not name the directory. */
    public static Optional<Path> targetOf(Path directory) {
        Matcher name = NAME.matcher(directory.getFileName().toString());
        return name.matches() ? Optional.of(directory.resolveSibling(name.group(1))) : Optional.empty();
    }

    /** Whether a directory is a complete one that was renamed away to be replaced. */
    public static boolean isFormer(Path directory) {
        return targetOf(directory).isPresent() && directory.toString().endsWith(PREVIOUS);
    }

    private static String prefix(Path target) {
        return "." + target.getFileName() + "-";
    }

    /** Where the new content goes. */
    public Path temporary() {
        return temporary;
    }

    /**
     * Puts the new directory in place. What it holds is on the disk already.
     *
     * @throws Cloze4jException if it cannot be put there; the target is then as it was
     */
    public void commit() {
        try {
            AtomicFiles.synchronizeDirectory(temporary);
            UnfinishedPaths.commit(this::exchange);
            AtomicFiles.synchronizeDirectory(parent());
            FileTrees.deleteLogged(previous);
        } catch (IOException e) {
            throw failed(target, e);
        }
    }

    private void exchange() throws IOException {
        boolean replaces = Files.exists(target);
        if (replaces) {
            mover.move(target, previous);
        }
        try {
            mover.move(temporary, target);
        } catch (IOException e) {
            if (replaces) {
                bringBack(e);
            }
            throw e;
        }
    }

    private void bringBack(IOException failure) {
        try {
            mover.move(previous, target);
        } catch (IOException second) {
            kept = true;
            failure.addSuppressed(second);
            throw new Cloze4jException(
                    target + ": Expected to write the directory. Received: " + failure
                            + ", and the former directory could not return to its name (" + second
                            + "). Nothing is lost: rename " + previous + " (the former one) or " + temporary
                            + " (the new one, which is complete) to " + target,
                    failure);
        }
    }

    /** Deletes what was not committed. */
    @Override
    public void close() {
        if (!kept) {
            FileTrees.deleteLogged(temporary);
        }
        UnfinishedPaths.remove(temporary);
    }

    private Path parent() {
        Path parent = target.getParent();
        return parent == null ? target : parent;
    }

    private static Cloze4jException failed(Path target, IOException e) {
        return new Cloze4jException(
                target + ": Expected to write the directory. Received: "
                        + FileProblem.of(e).sentences(),
                e);
    }
}
