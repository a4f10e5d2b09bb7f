package io.github.cloze4j.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.CheckpointFormatException;
import io.github.cloze4j.Cloze4jException;
import io.github.cloze4j.files.AtomicFiles;
import io.github.cloze4j.tensors.SafeTensorsTest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CheckpointStoreTest {
    @TempDir
    Path parent;

    private Path directory;

    @BeforeEach
    void choose() {
        directory = parent.resolve("run").resolve("checkpoints");
    }

    private static TrainingCheckpoint checkpoint(long step) {
        return new TrainingCheckpoint(
                step,
                Map.of("cursor", "epoch 1, \"document\" " + step, "seconds", "12.5"),
                List.of(SafeTensorsTest.floats("weight", step, 2), SafeTensorsTest.floats("moment", -step)));
    }

    private Set<String> names() throws IOException {
        try (Stream<Path> entries = Files.list(directory)) {
            return new TreeSet<>(
                    entries.map(path -> path.getFileName().toString()).toList());
        }
    }

    private void assertLatest(long step) {
        assertEquals(
                checkpoint(step),
                new CheckpointStore(directory, 2).latest().orElseThrow(() -> new AssertionError("none")));
    }

    @Test
    void roundTrip() throws IOException {
        CheckpointStore store = new CheckpointStore(directory, 2);
        assertTrue(store.latest().isEmpty());
        Path saved = store.save(checkpoint(3));
        assertEquals(directory.resolve("step-3"), saved);
        assertLatest(3);
        try (Stream<Path> files = Files.list(saved)) {
            assertEquals(
                    Set.of("training.safetensors", "state.json", "manifest.json"),
                    Set.copyOf(files.map(path -> path.getFileName().toString()).toList()));
        }
    }

    @Test
    void keepsTheNewest() throws IOException {
        CheckpointStore store = new CheckpointStore(directory, 2);
        for (long step : new long[] {0, 9, 10, 100}) {
            store.save(checkpoint(step));
        }
        assertEquals(Set.of("step-10", "step-100"), names());
        assertLatest(100);
    }

    @Test
    void keepsWhatTrainingSavesAfterGoingBack() throws IOException {
        CheckpointStore store = new CheckpointStore(directory, 1);
        store.save(checkpoint(10));
        Files.delete(directory.resolve("step-10/manifest.json"));
        store.save(checkpoint(6));
        assertEquals(Set.of("step-10", "step-6"), names());
        assertLatest(6);
        store.save(checkpoint(10));
        assertEquals(Set.of("step-10"), names());
        assertLatest(10);
    }

    @Test
    void sameStepIsReplaced() throws IOException {
        CheckpointStore store = new CheckpointStore(directory, 2);
        store.save(new TrainingCheckpoint(5, Map.of(), List.of()));
        store.save(checkpoint(5));
        assertEquals(Set.of("step-5"), names());
        assertLatest(5);
    }

    @ParameterizedTest
    @ValueSource(strings = {"training.safetensors", "state.json", "manifest.json"})
    void damagedCheckpointFallsBack(String file) throws IOException {
        CheckpointStore store = new CheckpointStore(directory, 3);
        store.save(checkpoint(1));
        store.save(checkpoint(2));
        Path damaged = directory.resolve("step-2").resolve(file);
        byte[] good = Files.readAllBytes(damaged);
        for (int length = 0; length < good.length; length += 7) {
            Files.write(damaged, Arrays.copyOf(good, length));
            assertLatest(1);
        }
        Random random = new Random(7);
        for (int i = 0; i < 300; i++) {
            byte[] bad = good.clone();
            bad[random.nextInt(bad.length)] ^= (byte) (1 << random.nextInt(8));
            Files.write(damaged, bad);
            // A changed manifest may mean the same (white space); anything else must not pass.
            long step = store.latest().orElseThrow().step();
            assertTrue(step == 1 || file.equals("manifest.json"));
        }
        Files.delete(damaged);
        assertLatest(1);
        Files.write(damaged, good);
        assertLatest(2);
        Files.delete(directory.resolve("step-1/manifest.json"));
        Files.delete(damaged);
        String message =
                assertThrows(CheckpointFormatException.class, store::latest).getMessage();
        for (String words : List.of("2 damaged", "step-1: ", "step-2: ", "manifest.json", file)) {
            assertTrue(message.contains(words), message);
        }
        assertFalse(message.contains("\n"), message);
    }

    @Test
    void wrongManifestsAreSkipped() throws IOException {
        CheckpointStore store = new CheckpointStore(directory, 3);
        store.save(checkpoint(1));
        Path manifest = store.save(checkpoint(2)).resolve("manifest.json");
        String good = Files.readString(manifest);
        for (String bad : List.of(
                good.replace("\"version\" : 1", "\"version\" : 2"),
                good.replace("\"step\" : 2", "\"step\" : 3"),
                good.replace("\"step\"", "\"steps\""),
                good.replace("state.json", "other.json"),
                good.replace("\"sha256\" : {", "\"sha256\" : {\"more\" : \"\","),
                good + "x",
                " ".repeat(2_000_000),
                "[]",
                "")) {
            assertTrue(!bad.equals(good), bad);
            Files.writeString(manifest, bad);
            assertLatest(1);
        }
    }

    @Test
    void renamedCheckpointIsSkipped() throws IOException {
        CheckpointStore store = new CheckpointStore(directory, 3);
        store.save(checkpoint(1));
        Files.move(store.save(checkpoint(2)), directory.resolve("step-7"));
        assertLatest(1);
    }

    @Test
    void leftoversAreIgnoredAndCleaned() throws IOException {
        CheckpointStore store = new CheckpointStore(directory, 5);
        store.save(checkpoint(1));
        Path unfinished = directory.resolve(".step-2-" + UUID.randomUUID() + ".tmp");
        Files.createDirectories(unfinished.resolve("deep"));
        Files.writeString(unfinished.resolve("deep/state.json"), "{");
        Files.createDirectories(directory.resolve(".notes-" + UUID.randomUUID()));
        Files.createDirectories(directory.resolve("step-x"));
        Files.createDirectories(directory.resolve("step-007"));
        Files.writeString(directory.resolve("notes.txt"), "the user's own");
        assertLatest(1);
        store.save(checkpoint(2));
        assertTrue(Files.notExists(unfinished));
        assertTrue(names().containsAll(Set.of("step-1", "step-2", "step-x", "step-007", "notes.txt")));
        assertEquals(6, names().size(), names().toString());
    }

    @Test
    void crashBetweenTheTwoMovesLosesNothing() throws IOException {
        CheckpointStore store = new CheckpointStore(directory, 5);
        Path saved = store.save(checkpoint(4));
        Files.move(saved, directory.resolve(".step-4-" + UUID.randomUUID() + ".old"));
        assertLatest(4);
        store.save(checkpoint(5));
        assertEquals(Set.of("step-4", "step-5"), names());
        Files.createDirectories(directory.resolve(".step-5-" + UUID.randomUUID() + ".old"));
        assertLatest(5);
        store.save(checkpoint(6));
        assertEquals(Set.of("step-4", "step-5", "step-6"), names());
    }

    @Test
    void failedSaveLeavesTheFormerOne() throws IOException {
        CheckpointStore store = new CheckpointStore(directory, 5);
        store.save(checkpoint(1));
        TrainingCheckpoint impossible = new TrainingCheckpoint(
                2, Map.of(), List.of(SafeTensorsTest.floats("x", 1), SafeTensorsTest.floats("x", 1)));
        assertThrows(IllegalArgumentException.class, () -> store.save(impossible));
        assertEquals(Set.of("step-1"), names());
        assertLatest(1);
    }

    @Test
    void aFileInPlaceOfTheDirectoryIsSaid() throws IOException {
        Path file = Files.writeString(parent.resolve("file"), "");
        CheckpointStore store = new CheckpointStore(file, 1);
        assertThrows(CheckpointFormatException.class, store::latest);
        String message = assertThrows(Cloze4jException.class, () -> store.save(checkpoint(1)))
                .getMessage();
        assertTrue(message.startsWith(file.toString()), message);
    }

    @Test
    void wrongArgumentsAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> new CheckpointStore(directory, 0));
        assertThrows(IllegalArgumentException.class, () -> checkpoint(-1));
    }

    @Test
    void atomicFilesReplaceOrFailWhole() throws IOException {
        Path file = parent.resolve("text");
        AtomicFiles.write(file, "old".getBytes(StandardCharsets.UTF_8));
        AtomicFiles.write(file, "new".getBytes(StandardCharsets.UTF_8));
        assertEquals("new", Files.readString(file));
        assertThrows(Cloze4jException.class, () -> AtomicFiles.write(parent.resolve("absent/text"), new byte[0]));
        assertThrows(
                Cloze4jException.class,
                () -> AtomicFiles.write(file, channel -> {
                    throw new IOException("disk full");
                }));
        assertEquals("new", Files.readString(file));
        try (Stream<Path> files = Files.list(parent)) {
            assertEquals(List.of(file), files.toList());
        }
    }
}
