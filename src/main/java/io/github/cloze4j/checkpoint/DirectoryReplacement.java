package io.github.cloze4j.checkpoint;

import io.github.cloze4j.Cloze4jException;
import io.github.cloze4j.files.FileProblem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * A directory that is filled under a temporary name beside its target and then takes the target's place. Until {@link
 * #commit} the target is as it was; a directory that stood there is renamed away first and deleted last.
 */
public final class DirectoryReplacement implements AutoCloseable {
    private static final String UNFINISHED = ".tmp";

    private final Path target;
    private final Path temporary;
    private final Path previous;

    /**
     * Makes the temporary directory.
     *
     * @param target exists or not; the directories above it are made if need be
     * @throws Cloze4jException if it cannot be made
     */
    public DirectoryReplacement(Path target) {
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
            previous = parent.resolve(name + ".old");
        } catch (IOException e) {
            throw failed(target, e);
        }
    }

    /**
     * Deletes what processes that were killed had filled so far. Only for a target that no other process fills meanwhile;
     * what cannot be deleted is logged and stays.
     */
    public static void deleteLeftovers(Path target) {
        Path absolute = target.toAbsolutePath().normalize();
        Path parent = absolute.getParent();
        if (parent == null || !Files.isDirectory(parent)) {
            return;
        }
        String prefix = prefix(absolute);
        try (Stream<Path> siblings = Files.list(parent)) {
            siblings.filter(path -> isUnfinished(path.getFileName().toString(), prefix))
                    .toList()
                    .forEach(FileTrees::deleteLogged);
        } catch (IOException e) {
            throw failed(target, e);
        }
    }

    private static boolean isUnfinished(String name, String prefix) {
        return name.startsWith(prefix) && name.endsWith(UNFINISHED);
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
            Files.move(target, previous, StandardCopyOption.ATOMIC_MOVE);
        }
        try {
            Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            if (replaces) {
                Files.move(previous, target, StandardCopyOption.ATOMIC_MOVE);
            }
            throw e;
        }
    }

    /** Deletes what was not committed. */
    @Override
    public void close() {
        FileTrees.deleteLogged(temporary);
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
