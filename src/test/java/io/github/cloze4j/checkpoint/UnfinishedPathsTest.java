package io.github.cloze4j.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.Cloze4jException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UnfinishedPathsTest {
    @TempDir
    Path root;

    @Test
    void whatIsBeingFilledIsDeletedAndCannotTakeItsPlaceAnyMore() throws IOException {
        Path file = root.resolve("file");
        Path directory = root.resolve("directory");
        Path theirs = Files.writeString(root.resolve(".theirs.tmp"), "another process's");
        try (DirectoryReplacement replacement = new DirectoryReplacement(directory)) {
            Files.writeString(replacement.temporary().resolve("part"), "half");
            assertThrows(
                    Cloze4jException.class,
                    () -> AtomicFiles.write(
                            file,
                            channel -> UnfinishedPaths.deleteAll(() -> assertEquals(List.of(theirs), children()))));
        }

        assertFalse(Files.exists(file));
        assertFalse(Files.exists(directory));
        assertTrue(Files.exists(theirs));
    }

    @Test
    void whatIsCompleteStays() throws IOException {
        Path file = root.resolve("file");
        AtomicFiles.write(file, "new".getBytes(java.nio.charset.StandardCharsets.UTF_8));
        UnfinishedPaths.deleteAll(() -> {});

        assertEquals(List.of(file), children());
    }

    private List<Path> children() {
        try (Stream<Path> found = Files.list(root)) {
            return found.toList();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
