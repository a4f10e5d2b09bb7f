package io.github.cloze4j.files;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.Cloze4jException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicFileGroupTest {
    private static final List<String> NAMES = List.of("a.json", "b.bin", "c.txt");
    /** The former files' directory moves in, three files take their places, the directory moves out. */
    private static final int MOVES = 1 + 3 + 1;

    @TempDir
    Path parent;

    private Path directory;

    @BeforeEach
    void aDirectoryWithFilesOfTheUser() throws IOException {
        directory = parent.resolve("model");
        Files.createDirectories(directory.resolve("checkpoints"));
        Files.writeString(directory.resolve("checkpoints/kept"), "kept");
        Files.writeString(directory.resolve("notes"), "notes");
    }

    private static void content(Path staging, String version) {
        for (String name : NAMES) {
            AtomicFiles.write(staging.resolve(name), (name + version).getBytes(StandardCharsets.UTF_8));
        }
    }

    private void replace(String version) {
        AtomicFileGroup.replace(directory, staging -> content(staging, version));
    }

    private void assertCurrent(String version) throws IOException {
        for (String name : NAMES) {
            assertEquals(
                    name + version,
                    Files.readString(AtomicFileGroup.current(directory).resolve(name)));
        }
    }

    /** Every file in its place, and nothing else but what was the user's. */
    private void assertTidy() throws IOException {
        Set<String> expected = new TreeSet<>(NAMES);
        expected.addAll(List.of("checkpoints", "notes"));
        assertEquals(expected, entries());
        assertEquals("kept", Files.readString(directory.resolve("checkpoints/kept")));
        assertEquals("notes", Files.readString(directory.resolve("notes")));
    }

    private Set<String> entries() throws IOException {
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.map(path -> path.getFileName().toString()).collect(Collectors.toCollection(TreeSet::new));
        }
    }

    /** Moves until a count is reached, then fails for a while or for ever. */
    private static AtomicFileGroup.Mover failing(int first, int last) {
        int[] count = {0};
        return (from, to) -> {
            int number = count[0]++;
            if (number >= first && number <= last) {
                throw new IOException("injected at move " + number);
            }
            Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        };
    }

    @Test
    void newFilesTakeThePlacesOfFormerOnesAndNothingElse() throws IOException {
        replace("1");
        assertCurrent("1");
        assertTidy();

        replace("2");
        assertCurrent("2");
        assertTidy();
    }

    @Test
    void theDirectoryIsMade() throws IOException {
        directory = parent.resolve("new/model");
        replace("1");
        assertCurrent("1");
        assertEquals(new TreeSet<>(NAMES), entries());
    }

    @Test
    void afterAFailureAtAnyMoveTheFormerFilesAreInTheirPlaces() throws IOException {
        replace("1");
        for (int move = 0; move < MOVES; move++) {
            AtomicFileGroup.Mover mover = failing(move, move);
            String message = assertThrows(
                            Cloze4jException.class,
                            () -> AtomicFileGroup.replace(directory, staging -> content(staging, "2"), mover))
                    .getMessage();
            assertTrue(message.contains("injected at move " + move), message);
            assertCurrent("1");
            assertTidy();
        }
    }

    @Test
    void afterACrashAtAnyMoveTheFormerFilesAreFoundAndTheNextReplacementRecovers() throws IOException {
        for (int move = 0; move < MOVES; move++) {
            replace("1");
            // Nothing can be moved any more: also not what undoing would move.
            AtomicFileGroup.Mover mover = failing(move, Integer.MAX_VALUE);
            String message = assertThrows(
                            Cloze4jException.class,
                            () -> AtomicFileGroup.replace(directory, staging -> content(staging, "2"), mover))
                    .getMessage();
            assertEquals(
                    move > 0,
                    message.contains(directory.resolve(".cloze4j-former").toString()),
                    message);
            assertCurrent("1");
            // Before the first move there is nothing to be found elsewhere.
            assertEquals(move > 0, entries().contains(".cloze4j-former"), "move " + move);
            Files.createDirectories(directory.resolve(".cloze4j-temporary-of-the-crash"));

            assertThrows(
                    Cloze4jException.class,
                    () -> AtomicFileGroup.replace(directory, staging -> {
                        throw new IOException("disk full");
                    }));
            assertCurrent("1");
            assertTidy();

            replace("3");
            assertCurrent("3");
            assertTidy();
        }
    }

    @Test
    void whatACrashLeftIsTidiedUpWithoutAWrite() throws IOException {
        replace("1");
        AtomicFileGroup.Mover crash = failing(2, Integer.MAX_VALUE);
        assertThrows(
                Cloze4jException.class,
                () -> AtomicFileGroup.replace(directory, staging -> content(staging, "2"), crash));
        Files.createDirectories(directory.resolve(".cloze4j-temporary-of-the-crash"));

        AtomicFileGroup.recover(directory);

        assertCurrent("1");
        assertTidy();
        AtomicFileGroup.recover(directory.resolve("absent"));
    }

    @Test
    void temporaryFilesOfKilledProcessesAreDeletedAndNothingElse() throws IOException {
        replace("1");
        Files.writeString(directory.resolve(".cloze4j-0b0e4a0e-5a05-4b55-8a0c-1f2e3d4c5b6a.tmp"), "half");
        Files.writeString(directory.resolve(".0b0e4a0e-5a05-4b55-8a0c-1f2e3d4c5b6a.tmp"), "half, of a version before");
        Path users = Files.writeString(directory.resolve(".mine.tmp"), "of the user");

        AtomicFiles.deleteLeftovers(directory);

        assertEquals("of the user", Files.readString(users));
        Files.delete(users);
        assertTidy();
    }

    @Test
    void aFailureOfTheFirstWriteLeavesNoneOfItsFiles() throws IOException {
        for (int move = 0; move < MOVES; move++) {
            AtomicFileGroup.Mover mover = failing(move, move);
            assertThrows(
                    Cloze4jException.class,
                    () -> AtomicFileGroup.replace(directory, staging -> content(staging, "1"), mover));
            assertEquals(Set.of("checkpoints", "notes"), entries());
        }
    }

    @Test
    void aCrashWhileTheFormerFilesReturnLosesNothing() throws IOException {
        for (int move = 0; move < NAMES.size() + 1; move++) {
            replace("1");
            AtomicFileGroup.Mover crash = failing(2, Integer.MAX_VALUE);
            assertThrows(
                    Cloze4jException.class,
                    () -> AtomicFileGroup.replace(directory, staging -> content(staging, "2"), crash));
            AtomicFileGroup.Mover secondCrash = failing(move, Integer.MAX_VALUE);
            assertThrows(
                    Cloze4jException.class,
                    () -> AtomicFileGroup.replace(directory, staging -> content(staging, "2"), secondCrash));
            assertCurrent("1");

            replace("3");
            assertCurrent("3");
            assertTidy();
        }
    }

    @Test
    void aSymbolicLinkIsReplacedAndItsTargetStays() throws IOException {
        replace("1");
        Path elsewhere = Files.writeString(parent.resolve("elsewhere"), "a.json1");
        Path link = directory.resolve("a.json");
        Files.delete(link);
        Files.createSymbolicLink(link, Path.of("../elsewhere"));
        AtomicFileGroup.Mover mover = failing(3, Integer.MAX_VALUE);
        assertThrows(
                Cloze4jException.class,
                () -> AtomicFileGroup.replace(directory, staging -> content(staging, "2"), mover));
        assertCurrent("1");

        replace("2");
        assertCurrent("2");
        assertTidy();
        assertEquals("a.json1", Files.readString(elsewhere));
    }

    @Test
    void contentThatCannotBeWrittenChangesNothing() throws IOException {
        replace("1");
        assertThrows(
                Cloze4jException.class,
                () -> AtomicFileGroup.replace(directory, staging -> {
                    AtomicFiles.write(staging.resolve(NAMES.get(0)), new byte[10]);
                    throw new IOException("disk full");
                }));
        assertThrows(
                IllegalStateException.class,
                () -> AtomicFileGroup.replace(directory, staging -> {
                    throw new IllegalStateException("a defect");
                }));
        assertCurrent("1");
        assertTidy();
    }

    @Test
    void aDirectoryInAFilesPlaceIsNotReplaced() throws IOException {
        replace("1");
        Path last = directory.resolve(NAMES.get(2));
        Files.delete(last);
        Files.createDirectories(last.resolve("inner"));

        String message =
                assertThrows(Cloze4jException.class, () -> replace("2")).getMessage();

        assertTrue(message.contains(last.toString()), message);
        assertFalse(message.contains("\n"), message);
        assertTrue(Files.isDirectory(last.resolve("inner")));
        assertEquals("a.json1", Files.readString(directory.resolve("a.json")));
        assertTidy();
    }

    @Test
    void aWriteDeletesWhatKilledProcessesLeftBesideItsFileAndNothingElse() throws IOException {
        FileTime longAgo = FileTime.from(Instant.now().minus(Duration.ofHours(2)));
        List<Path> files = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            files.add(Files.writeString(directory.resolve(".cloze4j-" + UUID.randomUUID() + ".tmp"), "half"));
        }
        files.add(Files.writeString(directory.resolve(".somebody.tmp"), "theirs"));
        for (Path old : files.subList(1, 4)) {
            Files.setLastModifiedTime(old, longAgo);
        }
        Path locked = files.get(2);
        try (FileChannel channel = FileChannel.open(locked, StandardOpenOption.WRITE)) {
            channel.lock();
            AtomicFiles.write(directory.resolve("file"), new byte[3]);
        }
        assertEquals(
                List.of(true, false, true, true),
                files.stream().map(Files::exists).toList());
        AtomicFiles.write(directory.resolve("file"), new byte[3]);
        assertEquals(
                List.of(true, false, false, true),
                files.stream().map(Files::exists).toList());
    }
}
