package io.github.cloze4j.files;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileProblemTest {
    @TempDir
    Path root;

    @Test
    void realFailuresOfTheSystemAreNamed() throws IOException {
        assertEquals(
                "no such file",
                problem(() -> Files.newInputStream(root.resolve("absent"))).cause());
        Path file = Files.createFile(root.resolve("file"));
        assertEquals(
                "a path through a file",
                problem(() -> Files.newInputStream(file.resolve("below"))).cause());
        assertEquals(
                "a name that is too long for the file system",
                problem(() -> Files.createFile(root.resolve("x".repeat(300)))).cause());
        assertEquals("a directory", problem(() -> Files.readAllBytes(root)).cause());
        assertEquals(
                "something that exists already",
                problem(() -> Files.createFile(file)).cause());
        Path text = Files.write(root.resolve("text.gz"), new byte[] {'a', (byte) 0xFF, 'b'});
        assertEquals(
                "bytes that are not UTF-8",
                problem(() -> Files.readString(text)).cause());
        assertEquals(
                "a file that is not packed as its name says, or is damaged",
                problem(() -> new GZIPInputStream(Files.newInputStream(text)).read())
                        .cause());
        assertEquals(
                "a directory that is not empty",
                problem(() -> Files.delete(root)).cause());
    }

    private static FileProblem problem(org.junit.jupiter.api.function.Executable access) {
        return FileProblem.of(assertThrows(IOException.class, access));
    }

    @Test
    void whatTheSystemSaysInOtherWordsKeepsThem() {
        FileProblem unknown = FileProblem.of(new FileSystemException("/file", null, "Quantum error"));

        assertTrue(unknown.cause().contains("Quantum error"), unknown.cause());
        assertEquals(
                "a message of our own",
                FileProblem.of(new IOException("a message of our own")).cause());
        assertEquals(
                "an interrupt", FileProblem.of(new ClosedByInterruptException()).cause());
        assertFalse(FileProblem.of(new IOException((String) null)).cause().isEmpty());
        assertEquals(
                "an interrupt. Run again",
                FileProblem.of(new ClosedByInterruptException()).sentences());
    }
}
