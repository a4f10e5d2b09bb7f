package io.github.cloze4j.corpus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.PlainTextException;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Corpora that are large in one dimension: nothing is lost, and a document at a time is held. */
class CorpusReliabilityTest {
    @TempDir
    Path directory;

    private static Stream<String> documents(Path path) {
        return Corpus.of(List.of(path.toString()), DocumentBoundary.LINE).documents();
    }

    private Path bomb(String unit, long units) throws IOException {
        Path file = directory.resolve("bomb.txt.gz");
        try (OutputStream packed =
                new BufferedOutputStream(new GZIPOutputStream(Files.newOutputStream(file)), 1 << 16)) {
            byte[] bytes = unit.getBytes(StandardCharsets.UTF_8);
            for (long i = 0; i < units; i++) {
                packed.write(bytes);
            }
        }
        return file;
    }

    @Test
    void aGzipBombIsReadAPieceAtATime() throws IOException {
        long units = 3_000_000;
        Path text = bomb("seven77 ", units);
        assertTrue(Files.size(text) < 100_000, "24 MB packed in " + Files.size(text));
        try (Stream<String> documents = documents(text)) {
            assertEquals(
                    8 * units,
                    documents.mapToLong(document -> document.length() + 1).sum());
        }
        Path zeros = bomb("\0\0\0\0\0\0\0\0", units);
        assertThrows(PlainTextException.class, () -> documents(zeros), "found at its beginning");
    }

    private void readSmallFiles(int count) throws IOException {
        Path corpus = Files.createDirectory(directory.resolve("small"));
        for (int i = 0; i < count; i++) {
            Path part = corpus.resolve(String.format(Locale.ROOT, "%03d", i / 1000));
            Files.createDirectories(part);
            Files.writeString(part.resolve(String.format(Locale.ROOT, "%06d.txt", i)), "document " + i + "\n");
        }
        long[] read = new long[1];
        try (Stream<String> documents = documents(corpus)) {
            documents.forEachOrdered(document -> assertEquals("document " + read[0]++, document));
        }
        assertEquals(count, read[0]);
    }

    @Test
    void manySmallFilesAreReadInTheirOrder() throws IOException {
        readSmallFiles(2000);
    }

    @Test
    @Tag("heavy")
    void aHundredThousandSmallFilesAreReadInTheirOrder() throws IOException {
        readSmallFiles(100_000);
    }

    @Test
    @Tag("heavy")
    void aFileOfOneLineOf300MegabytesIsReadWhole() throws IOException {
        Path file = directory.resolve("line.txt");
        byte[] words = "Käse ".repeat(50_000).getBytes(StandardCharsets.UTF_8);
        try (OutputStream line = Files.newOutputStream(file)) {
            for (int i = 0; i < 1000; i++) {
                line.write(words);
            }
        }
        assertEquals(300_000_000, Files.size(file));
        try (Stream<String> documents = documents(file)) {
            long letters = documents
                    .peek(document -> assertTrue(document.startsWith("Käse ") && document.endsWith(" Käse")))
                    .mapToLong(document -> document.length() + 1)
                    .sum();
            assertEquals(250_000_000, letters);
        }
    }

    @Test
    @Tag("heavy")
    void aGzipBombOfTenGigabytesIsReadAPieceAtATime() throws IOException {
        long units = 1_250_000;
        Path text = bomb("seven77 ".repeat(1000), units);
        try (Stream<String> documents = documents(text)) {
            assertEquals(
                    8000 * units,
                    documents.mapToLong(document -> document.length() + 1).sum());
        }
    }
}
