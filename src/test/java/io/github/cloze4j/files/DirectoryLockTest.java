package io.github.cloze4j.files;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.Cloze4jException;
import io.github.cloze4j.checkpoint.CheckpointStore;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DirectoryLockTest {
    /** A file system without locks. */
    private static final DirectoryLock.Locker NO_LOCKS = channel -> {
        throw new IOException("No locks available");
    };

    @TempDir
    Path parent;

    private Path directory;

    @BeforeEach
    void choose() {
        directory = parent.resolve("deep/run");
    }

    /** The child process: takes the lock, says so, and holds it until it is killed. */
    public static void main(String[] arguments) throws Exception {
        try (DirectoryLock lock = DirectoryLock.acquire(Path.of(arguments[0]))) {
            lock.requireInPlace();
            System.out.println("locked");
            Thread.sleep(TimeUnit.MINUTES.toMillis(2));
        }
    }

    private static String refused(Path directory) {
        String message = assertThrows(Cloze4jException.class, () -> DirectoryLock.acquire(directory))
                .getMessage();
        assertTrue(message.contains("Expected") && message.contains("Received"), message);
        assertFalse(message.contains("\n"), message);
        return message;
    }

    @Test
    void oneHolderAtATimeAndNothingStays() {
        try (DirectoryLock lock = DirectoryLock.acquire(directory)) {
            lock.requireInPlace();
            String message = refused(directory);
            assertTrue(message.contains("process " + ProcessHandle.current().pid()), message);
            refused(parent.resolve("deep/../deep/run"));
            assertTrue(Files.exists(directory.resolve(DirectoryLock.NAME)));
        }
        assertFalse(Files.exists(parent.resolve("deep")));
        DirectoryLock.acquire(directory).close();
    }

    @Test
    void aDirectoryThatWasThereOrIsInUseStays() throws IOException {
        Files.createDirectories(directory.getParent());
        try (DirectoryLock lock = DirectoryLock.acquire(directory)) {
            lock.requireInPlace();
            Files.writeString(directory.resolve("kept"), "");
        }
        assertTrue(Files.exists(directory.resolve("kept")));
        Files.delete(directory.resolve("kept"));
        DirectoryLock.acquire(directory).close();
        assertTrue(Files.isDirectory(directory));
    }

    @Test
    void anotherProcessIsNamedAndItsLockIsStaleOnceItIsKilled() throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        DirectoryLockTest.class.getName(),
                        directory.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader printed =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            assertEquals("locked", printed.readLine());
            String message = refused(directory);
            assertTrue(message.contains("process " + process.pid() + " on host "), message);
            String save = assertThrows(Cloze4jException.class, () -> new CheckpointStore(directory, 1)
                            .save(1, Map.of(), List.of()))
                    .getMessage();
            assertTrue(save.contains("process " + process.pid()), save);
            process.destroyForcibly();
            process.waitFor();
            assertTrue(Files.exists(directory.resolve(DirectoryLock.NAME)));
            DirectoryLock.acquire(directory).close();
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void withoutLocksOfTheFileSystemTheNamedProcessDecides() throws IOException {
        Files.createDirectories(directory);
        Path file = directory.resolve(DirectoryLock.NAME);
        LockHolder self = LockHolder.current();
        ProcessHandle init = ProcessHandle.of(1).orElseThrow();
        Instant began = init.info().startInstant().orElse(Instant.EPOCH);
        Instant now = Instant.now();

        Files.writeString(file, new LockHolder(1, self.host(), began, now).toText());
        assertTrue(refusedWithoutLocks().contains("process 1 on host " + self.host()));
        Files.writeString(file, new LockHolder(7, "elsewhere", Instant.EPOCH, now).toText());
        assertTrue(refusedWithoutLocks().contains("process 7 on host elsewhere"));
        assertTrue(Files.readString(file).contains("elsewhere"), "a refused lock changes nothing");

        // The number was given to another process since.
        Files.writeString(file, new LockHolder(1, self.host(), began.minusSeconds(60), now).toText());
        DirectoryLock.acquire(directory, NO_LOCKS).close();
        Files.writeString(file, new LockHolder(Integer.MAX_VALUE, self.host(), Instant.EPOCH, now).toText());
        DirectoryLock.acquire(directory, NO_LOCKS).close();
        Files.writeString(file, "");
        DirectoryLock.acquire(directory, NO_LOCKS).close();
        assertFalse(Files.exists(file));
    }

    private String refusedWithoutLocks() {
        return assertThrows(Cloze4jException.class, () -> DirectoryLock.acquire(directory, NO_LOCKS))
                .getMessage();
    }

    @Test
    void aSecondCloseLeavesTheLockToItsNextHolder() throws IOException {
        Files.createDirectories(directory);
        DirectoryLock first = DirectoryLock.acquire(directory);
        first.close();
        try (DirectoryLock second = DirectoryLock.acquire(directory)) {
            first.close();
            second.requireInPlace();
            refused(directory);
        }
    }

    /** Two processes begin at once: one makes the file, the other is the first to lock it. */
    @Test
    void aProcessThatLosesTheRaceForTheFileThatItMadeLeavesTheFileToTheWinner() {
        assertThrows(Cloze4jException.class, () -> DirectoryLock.acquire(directory, channel -> false));
        assertTrue(Files.exists(directory.resolve(DirectoryLock.NAME)));
        DirectoryLock.acquire(directory).close();
        assertFalse(Files.exists(directory.resolve(DirectoryLock.NAME)));
    }

    @Test
    void aDirectoryThatGoesAwayOrIsReplacedIsNoticed() throws IOException {
        try (DirectoryLock lock = DirectoryLock.acquire(directory)) {
            lock.requireInPlace();
            Path moved = Files.move(directory, parent.resolve("moved"));
            assertNotInPlace(lock);
            Files.createDirectories(directory);
            assertNotInPlace(lock);
            Files.writeString(directory.resolve(DirectoryLock.NAME), "pid=5\n");
            assertNotInPlace(lock);
            Files.delete(directory.resolve(DirectoryLock.NAME));
            Files.delete(directory);
            Files.move(moved, directory);
            lock.requireInPlace();
        }
    }

    private void assertNotInPlace(DirectoryLock lock) {
        String message =
                assertThrows(Cloze4jException.class, lock::requireInPlace).getMessage();
        assertTrue(message.startsWith(directory.toString()), message);
        assertTrue(message.contains("deleted, renamed or unmounted"), message);
    }

    @Test
    void aDirectoryThatCannotBeMadeIsNamed() throws IOException {
        Path file = Files.writeString(parent.resolve("file"), "");
        assertTrue(refused(file.resolve("run")).contains(file.toString()));
        assertTrue(refused(file).contains(file.toString()));
    }

    @Test
    void aStoreKeepsItsLockForARunAndNoticesThatItsDirectoryIsGone() throws IOException {
        CheckpointStore store = new CheckpointStore(directory, 2);
        store.lock();
        try {
            store.save(1, Map.of(), List.of());
            CheckpointStore other = new CheckpointStore(directory, 2);
            assertThrows(Cloze4jException.class, other::lock);
            assertThrows(Cloze4jException.class, () -> other.save(2, Map.of(), List.of()));
            assertEquals(1, other.latest().orElseThrow().step());
            Files.move(directory, parent.resolve("moved"));
            assertThrows(Cloze4jException.class, () -> store.save(2, Map.of(), List.of()));
            assertFalse(Files.exists(directory));
        } finally {
            store.unlock();
        }
        new CheckpointStore(parent.resolve("moved"), 2).save(2, Map.of(), List.of());
    }
}
