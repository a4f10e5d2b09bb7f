package io.github.cloze4j.data;

import io.github.cloze4j.Cloze4jException;
import java.io.File;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * A directory that is filled under a temporary name beside its target and then takes the target's place. Until {@link
 * #commit} the target is as it was; a directory that stood there is renamed away first and deleted last.
 */
final class DirectoryReplacement implements AutoCloseable {
    private final Path target;
    private final Path temporary;
    private final Path previous;

    /** @throws Cloze4jException if the temporary directory cannot be made */
    DirectoryReplacement(Path target) {
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
            String name = "." + this.target.getFileName() + "-" + UUID.randomUUID();
            temporary = Files.createDirectory(parent.resolve(name + ".tmp"));
            previous = parent.resolve(name + ".old");
        } catch (IOException e) {
            throw failed(target, e);
        }
    }

    /** Where the new content goes. */
    Path temporary() {
        return temporary;
    }

    /** Puts the new directory in place. What it holds is on the disk already. */
    void commit() {
        try {
            synchronize(temporary);
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
            synchronize(parent());
            deleteQuietly(previous);
        } catch (IOException e) {
            throw failed(target, e);
        }
    }

    /** Deletes what was not committed. */
    @Override
    public void close() {
        deleteQuietly(temporary);
    }

    /** Makes the names in a directory survive a loss of power. */
    static void synchronize(Path directory) throws IOException {
        // Windows cannot open directories, and its journal keeps renames in order.
        if (File.separatorChar == '\\') {
            return;
        }
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    private Path parent() {
        Path parent = target.getParent();
        return parent == null ? target : parent;
    }

    private static Cloze4jException failed(Path target, IOException e) {
        return new Cloze4jException(
                target + ": Expected to write the directory. Received: " + e
                        + ". Check that the directory above it may be written and has free space",
                e);
    }

    private static void deleteQuietly(Path directory) {
        if (!Files.exists(directory)) {
            return;
        }
        try (Stream<Path> found = Files.walk(directory)) {
            List<Path> deepestFirst = found.sorted(Comparator.reverseOrder()).toList();
            for (Path path : deepestFirst) {
                Files.deleteIfExists(path);
            }
        } catch (IOException ignored) {
            // A leftover has a name of its own and harms nothing; what led here matters more.
        }
    }
}
