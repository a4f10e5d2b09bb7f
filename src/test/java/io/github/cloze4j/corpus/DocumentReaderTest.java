package io.github.cloze4j.corpus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;

class DocumentReaderTest {
    private static final int CAP = DocumentReader.MAX_DOCUMENT_LENGTH;

    /** The bytes of {@code unit}, over and over. */
    private static final class Endless extends InputStream {
        private final byte[] unit;
        private long left;
        private int at;

        Endless(String unit, long bytes) {
            this.unit = unit.getBytes(StandardCharsets.UTF_8);
            left = bytes;
        }

        @Override
        public int read() {
            if (left == 0) {
                return -1;
            }
            left--;
            int value = unit[at] & 0xFF;
            at = (at + 1) % unit.length;
            return value;
        }

        @Override
        public int read(byte[] target, int from, int count) {
            if (left == 0) {
                return -1;
            }
            int taken = (int) Math.min(Math.min(count, left), unit.length - at);
            System.arraycopy(unit, at, target, from, taken);
            at = (at + taken) % unit.length;
            left -= taken;
            return taken;
        }
    }

    private static List<String> read(String text, DocumentBoundary boundary) throws IOException {
        List<String> documents = new ArrayList<>();
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        try (DocumentReader reader = new DocumentReader(text(new ByteArrayInputStream(bytes)), boundary)) {
            for (String next = reader.next(); next != null; next = reader.next()) {
                documents.add(next);
            }
        }
        return documents;
    }

    @Test
    void aLineOf200MegabytesIsReadWholeInPiecesOfWholeWords() {
        String words = "seven77 ".repeat(8 * 1024);
        long bytes = 200_000_000;
        Assertions.assertTimeout(Duration.ofSeconds(20), () -> {
            long letters = 0;
            int documents = 0;
            try (DocumentReader reader = new DocumentReader(text(new Endless(words, bytes)), DocumentBoundary.LINE)) {
                for (String next = reader.next(); next != null; next = reader.next()) {
                    assertTrue(next.length() <= CAP);
                    assertTrue(next.startsWith("seven77 ") && next.endsWith(" seven77"));
                    letters += next.length() + 1;
                    documents++;
                }
            }
            assertEquals(bytes, letters);
            assertEquals(191, documents, 1);
        });
    }

    @Test
    void aWordLongerThanADocumentIsCutBetweenCodePoints() throws IOException {
        // An odd offset puts the cut into a surrogate pair.
        String word = "x" + "\uD83D\uDE00".repeat(CAP);
        List<String> documents = read(word, DocumentBoundary.LINE);
        assertEquals(word, String.join("", documents));
        for (String document : documents) {
            assertTrue(document.length() <= CAP);
            assertTrue(!Character.isLowSurrogate(document.charAt(0)));
        }
    }

    @Test
    void endlessWhiteSpaceTakesNoRoomAndIsNoDocument() throws IOException {
        String space = " ".repeat(3 * CAP);
        assertEquals(List.of("a", "b"), read("a" + space + "b" + space, DocumentBoundary.LINE));
        assertEquals(List.of("a", "b"), read("a\n" + space + "\nb", DocumentBoundary.BLANK_LINE));
        assertEquals(List.of(), read(space, DocumentBoundary.BLANK_LINE));
    }

    /** Against the plain definition, on random texts with fresh seeds. */
    @Test
    void agreesWithSplittingTheWholeText() throws IOException {
        long seed = System.nanoTime();
        SplittableRandom random = new SplittableRandom(seed);
        String alphabet = "ab \t\n\n\r\u00e9\0";
        for (int round = 0; round < 2000; round++) {
            StringBuilder text = new StringBuilder();
            int size = random.nextInt(40);
            for (int i = 0; i < size; i++) {
                text.append(alphabet.charAt(random.nextInt(alphabet.length())));
            }
            String lines = text.toString().replace("\r\n", "\n").replace('\r', '\n');
            String context = "seed " + seed + " round " + round;
            assertEquals(split(lines, "\n"), read(text.toString(), DocumentBoundary.LINE), context);
            // A stripped document may keep white space before an inner line feed.
            assertEquals(split(lines, "\n[ \t]*(?=\n)"), read(text.toString(), DocumentBoundary.BLANK_LINE), context);
        }
    }

    private static Reader text(InputStream bytes) {
        return new PlainTextReader("test", bytes, new TextOptions(StandardCharsets.UTF_8, true), 0);
    }

    private static List<String> split(String text, String separator) {
        List<String> documents = new ArrayList<>();
        for (String part : text.split(separator, -1)) {
            if (!part.isBlank()) {
                documents.add(part.strip());
            }
        }
        return documents;
    }
}
