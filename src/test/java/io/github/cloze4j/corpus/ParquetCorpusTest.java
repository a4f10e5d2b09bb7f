package io.github.cloze4j.corpus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.CorpusException;
import io.github.cloze4j.MissingColumnException;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Corpora of Parquet files, which pyarrow wrote beside the same records as JSON lines (make_parquet_fixture.py). */
class ParquetCorpusTest {
    private static final Path FIXTURE = Path.of("src/test/resources/corpus/parquet");

    @TempDir
    Path directory;

    private static List<String> read(Path file, String... fields) {
        try (Stream<String> documents = Corpus.of(
                        List.of(file.toString()),
                        DocumentBoundary.LINE,
                        TextOptions.UTF_8,
                        new RecordOptions(null, List.of(fields)))
                .documents()) {
            return documents.toList();
        }
    }

    private static String refusal(Path file, String... fields) {
        String message =
                assertThrows(CorpusException.class, () -> read(file, fields)).getMessage();
        assertTrue(message.matches("(?s).*Expected .*\\. Received: .*\\. [A-Z].*[^.]"), message);
        assertTrue(message.contains(file.toString()), message);
        return message;
    }

    @ParameterizedTest
    @ValueSource(strings = {"snappy", "zstd-v2", "gzip-small-pages", "plain-v2"})
    void theDocumentsAreThoseOfJsonLines(String name) {
        for (String fields : List.of(
                "text",
                "sentences",
                "always",
                "label",
                "dotted.name",
                "meta.body",
                "meta.lines",
                "turns.value",
                "turns.parts",
                "turns.from text sentences meta.lines")) {
            String[] names = fields.split(" ");
            List<String> expected = read(FIXTURE.resolve("records.jsonl"), names);
            assertTrue(expected.size() > 30, fields + ": " + expected.size());
            assertEquals(expected, read(FIXTURE.resolve(name + ".parquet"), names), fields);
        }
    }

    @Test
    void recordsWithoutTextAreNamedByTheirRow() throws IOException {
        Path file = FIXTURE.resolve("checksum.parquet");
        assertEquals(List.of("one", "three"), read(file, "text"));
        CorpusReading reading =
                new CorpusReading(DocumentBoundary.LINE, TextOptions.UTF_8, RecordOptions.DEFAULT, Files.size(file));
        try (DocumentSource documents = reading.open(TextSource.of(file))) {
            while (documents.next() != null) {
                continue;
            }
        }
        assertEquals(
                List.of("1 record has no text in \"text\", and is skipped; the first is " + file + ", row 2"),
                reading.losses());
    }

    @Test
    void aFileThatChangesWhileItIsReadIsAnError() throws IOException {
        Path file = Files.copy(FIXTURE.resolve("snappy.parquet"), directory.resolve("a.parquet"));
        try (Stream<String> documents =
                Corpus.of(List.of(file.toString()), DocumentBoundary.LINE).documents()) {
            Iterator<String> iterator = documents.iterator();
            iterator.next();
            Files.setLastModifiedTime(file, FileTime.fromMillis(0));
            String message = assertThrows(CorpusException.class, () -> iterator.forEachRemaining(document -> {}))
                    .getMessage();
            assertTrue(message.contains(file + ", which was changed meanwhile"), message);
        }
    }

    @Test
    void theContentSaysWhatAFileIsIfItsNameDoesNot() throws IOException {
        Path file = Files.copy(FIXTURE.resolve("checksum.parquet"), directory.resolve("part-0001"));
        assertEquals(List.of("one", "three"), read(file, "text"));
        Path packed = RecordFiles.write(directory.resolve("a.parquet.gz"), "anything");
        assertTrue(refusal(packed, "text").contains("packed"));
        Path text = Files.writeString(directory.resolve("a.parquet"), "plain text\n");
        assertTrue(refusal(text, "text").contains("PAR1"));
        assertTrue(refusal(Files.createFile(directory.resolve("empty.parquet")), "text")
                .contains("PAR1"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "body|a field \"body\"|\"text\", \"sentences\", \"meta\"",
                "meta.text|a field \"meta.text\"|\"meta.body\", \"meta.lines\", \"meta.n\"",
                "turns.body|a field \"turns.body\"|\"turns.from\", \"turns.value\"",
                "text.body|a field \"text.body\"|no fields",
            })
    void aMissingColumnNamesTheColumnsThatAreThere(String field, String expected, String present) {
        Path file = FIXTURE.resolve("snappy.parquet");
        String message = assertThrows(MissingColumnException.class, () -> read(file, field))
                .getMessage();
        assertTrue(message.startsWith(file + ": Expected " + expected), message);
        assertTrue(message.contains(present), message);
    }

    @ParameterizedTest
    @CsvSource({
        "id, INT64",
        "meta, group of",
        "turns, group of",
        "meta.n, FLOAT",
        "picture, FIXED_LEN_BYTE_ARRAY",
    })
    void aColumnOfSomethingElseIsRefusedWithItsType(String field, String type) {
        String message = refusal(FIXTURE.resolve("snappy.parquet"), field);
        assertTrue(message.contains("a column of texts in \"" + field + "\"") && message.contains(type), message);
    }

    @Test
    void unknownPackingIsRefused() {
        String message = refusal(FIXTURE.resolve("lz4.parquet"), "text");
        assertTrue(message.contains("LZ4") && message.contains("SNAPPY, GZIP, ZSTD"), message);
    }

    @Test
    void rowGroupsAndPagesMayBeEmpty() {
        Path file = FIXTURE.resolve("no-rows.parquet");
        String message =
                assertThrows(CorpusException.class, () -> read(file, "text")).getMessage();
        assertTrue(message.contains("Expected at least one document in " + file), message);
    }

    /** Damage is an error that names the file, or gives other texts: never another exception. */
    @Test
    void damagedFilesAreRefusedOrRead() throws IOException {
        long seed = new SplittableRandom().nextLong();
        System.out.println("ParquetCorpusTest seed " + seed);
        SplittableRandom random = new SplittableRandom(seed);
        int refused = 0;
        for (String name : List.of("snappy", "zstd-v2", "gzip-small-pages", "plain-v2", "checksum")) {
            byte[] whole = Files.readAllBytes(FIXTURE.resolve(name + ".parquet"));
            String field = name.equals("checksum") ? "text" : "turns.value";
            for (int i = 0; i < 150; i++) {
                byte[] damaged = i % 3 == 0 ? Arrays.copyOf(whole, random.nextInt(whole.length)) : whole.clone();
                if (i % 3 != 0) {
                    damaged[random.nextInt(damaged.length)] ^= (byte) (1 << random.nextInt(8));
                }
                Path file = Files.write(directory.resolve("damaged.parquet"), damaged);
                try {
                    read(file, field);
                } catch (CorpusException described) {
                    refused++;
                    assertTrue(described.getMessage().contains("damaged.parquet"), described.getMessage());
                } catch (RuntimeException | Error e) {
                    throw new AssertionError("seed " + seed + ", " + name + ", damage " + i, e);
                }
            }
        }
        assertTrue(refused > 250, refused + " refused");
    }

    @Test
    void aChecksumFindsEveryDamagedByteOfAPage() throws IOException {
        byte[] whole = Files.readAllBytes(FIXTURE.resolve("checksum.parquet"));
        String content = new String(whole, java.nio.charset.StandardCharsets.ISO_8859_1);
        int at = content.indexOf("three");
        for (int i = 0; i < 5; i++) {
            byte[] damaged = whole.clone();
            damaged[at + i] ^= 1;
            Path file = Files.write(directory.resolve("damaged.parquet"), damaged);
            assertTrue(refusal(file, "text").contains("checksum"));
        }
    }

    @Test
    void withoutItsLibrariesTheMessageNamesTheDependencies() throws Exception {
        ClassLoader without = new ClassesWithout(CorpusReading.class.getPackageName(), List.of("org.apache.parquet."));
        Method open = Class.forName(CorpusReading.class.getName(), true, without)
                .getDeclaredMethod("parquet", Path.class, List.class);
        open.setAccessible(true);
        Throwable failure = assertThrows(
                        InvocationTargetException.class,
                        () -> open.invoke(null, FIXTURE.resolve("snappy.parquet"), List.of("text")))
                .getCause();
        assertEquals("io.github.cloze4j.CorpusException", failure.getClass().getName());
        assertTrue(String.valueOf(failure.getMessage()).contains("org.apache.parquet:parquet-column:"), failure + "");
    }
}
