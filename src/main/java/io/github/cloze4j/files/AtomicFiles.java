package io.github.cloze4j.files;

import io.github.cloze4j.Cloze4jException;
import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.regex.Pattern;

/** Replaces files so that a reader, also one after a crash, sees the old content or the new, never a part. */
public final class AtomicFiles {
    private static final int CHUNK_BYTES = 1 << 20;
    /** Some systems keep others from reading what is locked. */
    private static final long LOCKED_BYTE = 1L << 40;

    private static final Duration ABANDONED_AFTER = Duration.ofHours(1);

    private static final String TEMPORARY = ".cloze4j-";
    /** The name of a temporary file, of this version or of one before it. */
    private static final Pattern LEFTOVER =
            Pattern.compile("\\.(?:cloze4j-)?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\\.tmp");

    private AtomicFiles() {}

    /** The content of a file. */
    @FunctionalInterface
    public interface Content {
        /** Writes all of the file. Called again if an interrupt of the thread closed the channel. */
        void writeTo(FileChannel channel) throws IOException;
    }

    /**
     * Writes a temporary file beside the target, forces it to disk and renames it.
     *
     * @throws Cloze4jException if the file cannot be written; the target is then as it was
     */
    public static void write(Path path, byte[] content) {
        write(path, channel -> writeFully(channel, ByteBuffer.wrap(content)));
    }

    /** As {@link #write(Path, byte[])}, for content that need not be in memory as a whole. */
    public static void write(Path path, Content content) {
        Path target = target(path);
        Path directory = directoryOf(target);
        // Not Files.createTempFile: its files can be read by their owner only, and the rename would keep that.
        Path temporary = directory.resolve(TEMPORARY + UUID.randomUUID() + ".tmp");
        deleteAbandoned(directory);
        UnfinishedPaths.add(temporary);
        try {
            Uninterrupted.call(() -> fill(temporary, content));
            UnfinishedPaths.commit(() ->
                    Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING));
            synchronizeDirectory(directory);
        } catch (IOException e) {
            throw failed(path, directory, temporary, e);
        } finally {
            deleteQuietly(temporary);
            UnfinishedPaths.remove(temporary);
        }
    }

    /**
     * Refuses a file that surely cannot be written, before work is done for its content. Nothing is made or changed.
     *
     * @throws Cloze4jException if the path is a directory, or its directory does not exist or may not be written
     */
    public static void requireTarget(Path path) {
        Path directory = directoryOf(target(path));
        if (!Files.isDirectory(directory)) {
            throw failed(path, directory, path, new NoSuchFileException(directory.toString()));
        }
        if (!Files.isWritable(directory)) {
            throw failed(path, directory, path, new AccessDeniedException(directory.toString()));
        }
    }

    /**
     * The file that is replaced. A symbolic link stays a link, and what it points to is replaced. Devices and pipes are
     * refused: a rename would replace {@code /dev/null} for every program of the machine.
     */
    private static Path target(Path path) {
        Path target = followed(path.toAbsolutePath());
        if (target.getParent() == null) {
            throw new IllegalArgumentException("Expected a file. Received: the root " + path + ". Name a file");
        }
        if (Files.isDirectory(target)) {
            throw new Cloze4jException(
                    path + ": Expected to write the file. Received: a directory of this name. Name a file");
        }
        if (Files.exists(target) && !Files.isRegularFile(target)) {
            throw new Cloze4jException(path + ": Expected to write the file. Received: a device or a pipe of this name,"
                    + " which a file would replace. Name a file");
        }
        return target;
    }

    private static Path followed(Path path) {
        try {
            return Files.isSymbolicLink(path) ? path.toRealPath() : path;
        } catch (IOException pointsNowhere) {
            return path;
        }
    }

    private static Path directoryOf(Path target) {
        return Objects.requireNonNull(target.getParent(), "checked with the target");
    }

    private static Cloze4jException failed(Path path, Path directory, Path temporary, IOException e) {
        FileProblem problem = Files.isDirectory(directory)
                ? FileProblem.of(e)
                : new FileProblem("no directory " + directory, "Create it");
        return new Cloze4jException(
                path + ": Expected to write the file. Received: "
                        + problem.cause().replace(temporary.toString(), path.toString()) + ". " + problem.cure(),
                e);
    }

    private static Path fill(Path temporary, Content content) throws IOException {
        try (FileChannel channel = FileChannel.open(
                temporary, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            // Until it is closed, and in no process that has died.
            tryLock(channel);
            content.writeTo(channel);
            channel.force(true);
        }
        return temporary;
    }

    /** Locks a byte far beyond the content. Returns false if another writer has it, or if the file system has no locks. */
    private static boolean tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock(LOCKED_BYTE, 1, false) != null;
        } catch (ClosedChannelException interrupted) {
            throw interrupted;
        } catch (IOException | OverlappingFileLockException | UnsupportedOperationException notAvailable) {
            return false;
        }
    }

    /**
     * Deletes the temporary files that killed processes left beside a file: those that nobody has written to for an hour, and
     * that no process has locked. A file that cannot be looked at stays.
     */
    private static void deleteAbandoned(Path directory) {
        Instant latest = Instant.now().minus(ABANDONED_AFTER);
        try {
            for (Path path : leftovers(directory)) {
                if (Files.getLastModifiedTime(path).toInstant().isBefore(latest) && isUnlocked(path)) {
                    FileTrees.deleteLogged(path);
                }
            }
        } catch (IOException unreadable) {
            // It matters to this write only if the write fails too, and then the write says why.
            return;
        }
    }

    private static boolean isUnlocked(Path temporary) throws IOException {
        // To open and close a file ends the locks that this process has on it.
        if (UnfinishedPaths.contains(temporary)) {
            return false;
        }
        try (FileChannel channel = FileChannel.open(temporary, StandardOpenOption.WRITE)) {
            return tryLock(channel);
        }
    }

    private static List<Path> leftovers(Path directory) throws IOException {
        return FileTrees.entries(directory).stream()
                .filter(path -> LEFTOVER.matcher(path.getFileName().toString()).matches())
                .filter(path -> Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS))
                .toList();
    }

    /**
     * Deletes the temporary files that processes which were killed left in a directory. Only for a directory that no other
     * process writes to, such as one whose {@link DirectoryLock} the caller has; what cannot be deleted is logged and stays.
     */
    public static void deleteLeftovers(Path directory) {
        if (!Files.isDirectory(directory)) {
            return;
        }
        try {
            leftovers(directory).forEach(FileTrees::deleteLogged);
        } catch (IOException e) {
            throw new Cloze4jException(
                    directory + ": Expected to list the directory. Received: "
                            + FileProblem.of(e).sentences(),
                    e);
        }
    }

    /** Writes what remains of a buffer, whose position stays: a content may be written twice. */
    public static void writeFully(FileChannel channel, ByteBuffer content) throws IOException {
        ByteBuffer buffer = content.duplicate();
        int end = buffer.limit();
        while (buffer.position() < end) {
            // In parts: of heap memory Java writes a copy outside the heap, and each thread keeps its longest one.
            buffer.limit(buffer.position() + Math.min(CHUNK_BYTES, end - buffer.position()));
            channel.write(buffer);
        }
    }

    /** Makes the names in a directory survive a loss of power. */
    public static void synchronizeDirectory(Path directory) throws IOException {
        // Windows cannot open directories, and its journal keeps renames in order.
        if (File.separatorChar == '\\') {
            return;
        }
        force(directory, StandardOpenOption.READ);
    }

    /** Forces a file or a directory to disk. */
    static void force(Path path, StandardOpenOption access) throws IOException {
        Uninterrupted.call(() -> {
            try (FileChannel channel = FileChannel.open(path, access)) {
                channel.force(true);
            }
            return path;
        });
    }

    private static void deleteQuietly(Path temporary) {
        try {
            Files.deleteIfExists(temporary);
        } catch (IOException ignored) {
            // The failure that left it behind matters more than the leftover, and is on its way to the caller.
        }
    }
}
