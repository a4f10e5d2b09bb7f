package io.github.cloze4j.files;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.Cloze4jException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.UUID;
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

    @Test
    void aDirectoryThatWasRenamedAwayReturnsAndOneThatWasReplacedIsDeleted() throws IOException {
        Path target = root.resolve("data");
        Path renamedAway = Files.createDirectory(previous("data"));
        Files.writeString(renamedAway.resolve("kept"), "former");
        DirectoryReplacement.deleteLeftovers(target);
        assertEquals("former", Files.readString(target.resolve("kept")));
        Files.createDirectory(previous("data"));
        DirectoryReplacement.deleteLeftovers(target);
        assertEquals(Set.of("data"), names());
    }

    private Path previous(String target) {
        return root.resolve("." + target + "-" + UUID.randomUUID() + ".old");
    }

    /** The name of the one begins with the name of the other. */
    @Test
    void directoriesOfATargetWithALongerNameStay() throws IOException {
        Path unfinished = new DirectoryReplacement(root.resolve("data-2")).temporary();
        Path renamedAway = Files.createDirectory(previous("data-2"));
        Set<String> all = names();

        DirectoryReplacement.deleteLeftovers(root.resolve("data"));
        assertEquals(all, names());
        Files.createDirectory(root.resolve("data"));
        DirectoryReplacement.deleteLeftovers(root.resolve("data"));

        assertTrue(Files.exists(unfinished));
        assertTrue(Files.exists(renamedAway));
    }

    @Test
    void afterTwoFailuresTheMessageNamesWhereBothDirectoriesAre() throws IOException {
        Path target = Files.createDirectory(root.resolve("data"));
        Files.writeString(target.resolve("kept"), "former");
        int[] moves = {0};
        String message;
        try (DirectoryReplacement replacement = new DirectoryReplacement(target, (from, to) -> {
            if (moves[0]++ > 0) {
                throw new IOException("injected");
            }
            Files.move(from, to);
        })) {
            Files.writeString(replacement.temporary().resolve("kept"), "new");
            message = assertThrows(Cloze4jException.class, replacement::commit).getMessage();
        }
        assertEquals(2, names().size());
        for (String name : names()) {
            assertTrue(message.contains(root.resolve(name).toString()), message);
        }
    }

    private Set<String> names() throws IOException {
        try (Stream<Path> found = Files.list(root)) {
            return found.map(path -> path.getFileName().toString()).collect(Collectors.toSet());
        }
    }
}
