package io.github.cloze4j.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DirectoryReplacementTest {
    @TempDir
    Path root;

    @Test
    void whatAKilledProcessLeftOfATargetIsDeletedAndNothingElse() throws IOException {
        Path target = root.resolve("data");
        Path unfinished = new DirectoryReplacement(target).temporary();
        Files.writeString(unfinished.resolve("part"), "tokens");
        Path ofAnother = new DirectoryReplacement(root.resolve("database")).temporary();
        Files.createDirectory(target);
        Files.createDirectory(root.resolve(".data-kept"));

        DirectoryReplacement.deleteLeftovers(target);

        assertEquals(Set.of("data", ".data-kept", ofAnother.getFileName().toString()), names());
        DirectoryReplacement.deleteLeftovers(root.resolve("absent").resolve("data"));
    }

    private Set<String> names() throws IOException {
        try (Stream<Path> found = Files.list(root)) {
            return found.map(path -> path.getFileName().toString()).collect(Collectors.toSet());
        }
    }
}
