package io.github.cloze4j.files;

import io.github.cloze4j.Cloze4jException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The right of one process to write to a directory, held until {@link #close}. A file in the directory is locked by the
 * operating system, which takes the lock back when the process dies, however it dies. On a file system without such locks
 * the process that the file names decides: if it ran on this host and is dead, its lock counts no more.
 */
public final class DirectoryLock implements AutoCloseable {
    static final String NAME = ".cloze4j-lock";

    private static final Logger LOG = LoggerFactory.getLogger(DirectoryLock.class);
    /** The byte that is locked, far beyond the file's content: some systems keep others from reading what is locked. */
    private static final long LOCKED_BYTE = 1L << 40;
    /** Another process that gives its lock back deletes the file, and may do so at the worst moment. */
    private static final int ATTEMPTS = 100;

    /**
     * The locks of this process. The system's locks belong to the process as a whole, and some systems drop them when the
     * process closes the file a second time: so it is not opened for a directory that is in here.
     */
    private static final Map<Path, LockHolder> HELD = new HashMap<>();

    private final Path directory;
    private final Path key;
    private final List<Path> made;
    private final LockHolder holder;
    private final FileChannel channel;
    private final @Nullable Object file;
    private boolean closed;

    private DirectoryLock(
            Path directory, Path key, List<Path> made, LockHolder holder, FileChannel channel, @Nullable Object file) {
        this.directory = directory;
        this.key = key;
        this.made = made;
        this.holder = holder;
        this.channel = channel;
        this.file = file;
    }

    /** Locks an open file for this process. */
    @FunctionalInterface
    interface Locker {
        /** Returns false if another process has the lock; {@link IOException} if the file system has no locks. */
        boolean tryLock(FileChannel channel) throws IOException;
    }

    /**
     * Takes the lock, or refuses at once.
     *
     * @param directory made if need be; directories that are still empty at the end are deleted again
     * @throws Cloze4jException if a process that lives has it, naming the process and its host, or if the directory cannot
     *     be written; nothing is changed then
     */
    public static DirectoryLock acquire(Path directory) {
        return acquire(directory, channel -> channel.tryLock(LOCKED_BYTE, 1, false) != null);
    }

    /**
     * Refuses a directory that a living process has locked. The directory need not exist, and is not locked afterwards.
     *
     * @throws Cloze4jException naming the process and its host
     */
    public static void requireUnused(Path directory) {
        if (Files.exists(directory.resolve(NAME))) {
            acquire(directory).close();
        }
    }

    static DirectoryLock acquire(Path directory, Locker locker) {
        List<Path> made = absent(directory);
        try {
            for (int attempt = 1; ; attempt++) {
                try {
                    Files.createDirectories(directory);
                    return acquireExisting(directory, made, locker);
                } catch (NoSuchFileException e) {
                    if (attempt == ATTEMPTS) {
                        throw e;
                    }
                }
            }
        } catch (IOException e) {
            deleteEmpty(made);
            throw new Cloze4jException(
                    directory + ": Expected a directory that may be written. Received: "
                            + FileProblem.of(e).sentences(),
                    e);
        }
    }

    /** The directories that do not exist, from the innermost on. */
    private static List<Path> absent(Path directory) {
        List<Path> absent = new ArrayList<>();
        Path path = directory.toAbsolutePath();
        while (path != null && Files.notExists(path)) {
            absent.add(path);
            path = path.getParent();
        }
        return absent;
    }

    private static DirectoryLock acquireExisting(Path directory, List<Path> made, Locker locker) throws IOException {
        Path key = directory.toRealPath();
        LockHolder holder = LockHolder.current();
        synchronized (HELD) {
            LockHolder other = HELD.putIfAbsent(key, holder);
            if (other != null) {
                throw refused(directory, "another run in this process, " + other.describe());
            }
        }
        try {
            return Uninterrupted.call(() -> lockFile(directory, key, made, holder, locker));
        } catch (IOException | RuntimeException | Error e) {
            forget(key);
            throw e;
        }
    }

    private static void forget(Path key) {
        synchronized (HELD) {
            HELD.remove(key);
        }
    }

    private static DirectoryLock lockFile(Path directory, Path key, List<Path> made, LockHolder holder, Locker locker)
            throws IOException {
        Path path = directory.resolve(NAME);
        boolean created = create(path);
        Object file = identity(path);
        FileChannel channel = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
        try {
            lock(directory, channel, locker);
            if (!Objects.equals(file, identity(path))) {
                throw new NoSuchFileException(path.toString(), null, "deleted while it was locked");
            }
            channel.truncate(0);
            channel.write(ByteBuffer.wrap(holder.toText().getBytes(StandardCharsets.UTF_8)), 0);
            // A process that ends at once after a signal deletes it.
            UnfinishedPaths.add(path);
            return new DirectoryLock(directory, key, made, holder, channel, file);
        } catch (IOException e) {
            if (created && !(e instanceof NoSuchFileException)) {
                Files.deleteIfExists(path);
            }
            channel.close();
            throw e;
        } catch (RuntimeException | Error refused) {
            // The file stays, even if this call made it: another process has locked it since.
            channel.close();
            throw refused;
        }
    }

    private static boolean create(Path path) throws IOException {
        try {
            Files.createFile(path);
            return true;
        } catch (FileAlreadyExistsException ofAnotherRun) {
            // Left behind by a process that was killed, or held by one that lives.
            return false;
        }
    }

    private static void lock(Path directory, FileChannel channel, Locker locker) throws IOException {
        boolean supported = true;
        boolean locked = false;
        try {
            locked = locker.tryLock(channel);
        } catch (ClosedChannelException interrupted) {
            throw interrupted;
        } catch (IOException | UnsupportedOperationException noLocks) {
            supported = false;
        }
        Optional<LockHolder> other = LockHolder.parse(content(channel));
        if (supported && !locked) {
            throw refused(directory, other.map(LockHolder::describe).orElse("another process, which uses it"));
        }
        if (other.isEmpty() || other.get().isThisProcess()) {
            return;
        }
        LockHolder former = other.get();
        if (former.isOnThisHost() ? former.isAlive() : !supported) {
            throw refused(directory, former.describe());
        }
        if (!former.isOnThisHost()) {
            LOG.warn("{}: went on after {}, which has not given it back", directory, former.describe());
        }
    }

    private static String content(FileChannel channel) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(1 << 10);
        int read = channel.read(bytes, 0);
        return new String(bytes.array(), 0, Math.max(0, read), StandardCharsets.UTF_8);
    }

    private static Cloze4jException refused(Path directory, String holder) {
        return new Cloze4jException(directory + ": Expected a directory that no other run uses. Received: " + holder
                + ". Wait for its end, or name another directory; if it is surely dead, delete "
                + directory.resolve(NAME));
    }

    /**
     * Finds out whether the directory is still the one that was locked.
     *
     * @throws Cloze4jException if it was deleted, renamed, replaced or unmounted meanwhile
     */
    public void requireInPlace() {
        Path path = directory.resolve(NAME);
        try {
            // Some network file systems give a file another identity later: then the content decides.
            if (Objects.equals(file, identity(path)) || holder.toText().equals(Files.readString(path))) {
                return;
            }
        } catch (IOException gone) {
            throw notInPlace("nothing of it is there (" + gone + ")", gone);
        }
        throw notInPlace("another directory, or one that another run has locked", null);
    }

    private Cloze4jException notInPlace(String received, @Nullable IOException cause) {
        return new Cloze4jException(
                directory + ": Expected the directory as the run began with it. Received: " + received
                        + ". It was deleted, renamed or unmounted under the run: what was saved until then is where it"
                        + " went, and all later work is lost. Bring it back and resume",
                cause);
    }

    /** The file system's own name for a file; null where it has none. */
    private static @Nullable Object identity(Path path) throws IOException {
        return Files.readAttributes(path, BasicFileAttributes.class).fileKey();
    }

    /**
     * Gives the lock back and deletes its file, and the directories that it made if nothing is in them. A second call does
     * nothing: another run may have the lock then.
     */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        Path path = directory.resolve(NAME);
        UnfinishedPaths.remove(path);
        try {
            if (Objects.equals(file, identity(path))) {
                Files.delete(path);
            }
        } catch (IOException e) {
            // The next lock finds a file that nobody holds.
            LOG.debug("{}: the lock's file stays", directory, e);
        }
        try {
            channel.close();
        } catch (IOException e) {
            LOG.debug("{}: the lock's file could not be closed", directory, e);
        }
        forget(key);
        deleteEmpty(made);
    }

    private static void deleteEmpty(List<Path> directories) {
        try {
            for (Path path : directories) {
                Files.deleteIfExists(path);
            }
        } catch (DirectoryNotEmptyException inUse) {
            return;
        } catch (IOException e) {
            LOG.debug("an empty directory stays", e);
        }
    }
}
