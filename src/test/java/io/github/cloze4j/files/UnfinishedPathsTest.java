package io.github.cloze4j.files;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.Cloze4jException;
import io.github.cloze4j.checkpoint.CheckpointStore;
import io.github.cloze4j.tensors.TensorSource;
import io.github.cloze4j.tensors.TensorType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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
    void aCheckpointThatIsBeingSavedIsDeletedWithTheLockOfItsDirectory() {
        CheckpointStore store = new CheckpointStore(root, 1);
        List<Path> left = new ArrayList<>();
        TensorSource signalled = new TensorSource() {
            @Override
            public String name() {
                return "weight";
            }

            @Override
            public TensorType type() {
                return TensorType.F32;
            }

            @Override
            public long[] shape() {
                return new long[] {1};
            }

            @Override
            public void read(long position, ByteBuffer into) {
                left.add(root);
                UnfinishedPaths.deleteAll(() -> left.addAll(children()));
            }
        };

        assertThrows(Cloze4jException.class, () -> store.save(1, Map.of(), List.of(signalled)));

        assertEquals(List.of(root), left);
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
