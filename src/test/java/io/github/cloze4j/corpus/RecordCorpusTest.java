package io.github.cloze4j.corpus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.CorpusException;
import io.github.cloze4j.MissingColumnException;
import io.github.cloze4j.PlainTextException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Corpora of records: JSON lines and tables, packed or not. */
class RecordCorpusTest {
    private static final String[] PIECES = {
        "the cat", "é", "漢字", "😀", "\"", ",", "\t", "'", "\\", ";", "{", "}", "[", "#", "\u2028", "\u0085", " ",
        "\u3000"
    };

    @TempDir
    Path directory;

    private static List<String> read(RecordOptions records, Path... files) {
        return read(DocumentBoundary.BLANK_LINE, records, files);
    }

    private static List<String> read(DocumentBoundary boundary, RecordOptions records, Path... files) {
        List<String> names = Arrays.stream(files).map(Path::toString).toList();
        try (Stream<String> documents =
                Corpus.of(names, boundary, TextOptions.UTF_8, records).documents()) {
            return documents.toList();
        }
    }

    private static RecordOptions fields(String... names) {
        return new RecordOptions(null, List.of(names));
    }

    private Path write(String name, String text) throws IOException {
        return RecordFiles.write(directory.resolve(name), text);
    }

    private static List<List<String>> randomDocuments(SplittableRandom random) {
        List<List<String>> documents = new ArrayList<>();
        int count = random.nextInt(1, 30);
        for (int i = 0; i < count; i++) {
            List<String> sentences = new ArrayList<>();
            int lines = random.nextInt(1, 5);
            for (int j = 0; j < lines; j++) {
                // A letter first: blank sentences are dropped everywhere, but end a document of plain text.
                StringBuilder sentence = new StringBuilder("w" + j);
                int pieces = random.nextInt(6);
                for (int k = 0; k < pieces; k++) {
                    sentence.append(PIECES[random.nextInt(PIECES.length)]);
                }
                sentences.add(sentence.toString());
            }
            documents.add(sentences);
        }
        return documents;
    }

    @Test
    void theSameDocumentsComeFromEveryFormat() throws IOException {
        long seed = new SplittableRandom().nextLong();
        System.out.println("RecordCorpusTest seed " + seed);
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < 100; i++) {
            List<List<String>> documents = randomDocuments(random);
            String packing = List.of("", ".gz", ".zst").get(i % 3);
            List<String> expected =
                    read(RecordOptions.DEFAULT, write("a.txt" + packing, RecordFiles.blankLines(documents)));
            assertEquals(documents.size(), expected.size());
            String named = "seed " + seed + ", corpus " + i;
            RecordOptions body = fields("body");
            assertEquals(
                    expected, read(body, write("a.jsonl" + packing, RecordFiles.jsonLists(documents, "body"))), named);
            assertEquals(
                    expected, read(body, write("b.jsonl" + packing, RecordFiles.jsonTexts(documents, "body"))), named);
            assertEquals(
                    expected,
                    read(fields("a.b"), write("c.ndjson" + packing, RecordFiles.jsonNested(documents, "a", "b"))),
                    named);
            assertEquals(
                    expected, read(body, write("a.csv" + packing, RecordFiles.table(documents, "body", ','))), named);
            assertEquals(
                    expected, read(body, write("a.tsv" + packing, RecordFiles.table(documents, "body", '\t'))), named);
        }
    }

    @Test
    void theEndOfPlainDocumentsSaysNothingAboutRecords() throws IOException {
        Path records = write("a.jsonl", "{\"text\": \"one\\ntwo\"}\n{\"text\": [\"three\", \"fo\\nur\"]}\n");
        Path plain = write("a.txt", "five\nsix\n");
        List<String> expected = List.of("one\ntwo", "three\nfo ur");
        assertEquals(expected, read(DocumentBoundary.BLANK_LINE, RecordOptions.DEFAULT, records));
        List<String> both = new ArrayList<>(expected);
        both.addAll(List.of("five", "six"));
        assertEquals(both, read(DocumentBoundary.LINE, RecordOptions.DEFAULT, records, plain));

        assertTrue(Corpus.of(List.of(records + ""), DocumentBoundary.LINE).hasMultipleSentences());
        assertFalse(Corpus.of(List.of(records + "", plain + ""), DocumentBoundary.LINE)
                .hasMultipleSentences());
        assertTrue(Corpus.of(List.of(plain + ""), DocumentBoundary.BLANK_LINE).hasMultipleSentences());
    }

    @Test
    void severalFieldsAreOneDocumentInTheOrderOfTheirNames() throws IOException {
        Path file = write("a.jsonl", """
                {"title": "A", "meta": {"text": ["x", null, " ", "y"]}, "n": 1, "dotted.name": "d"}
                {"meta": {"text": null}, "title": "B", "dotted.name": null}
                {"title": "  ", "meta": {"text": []}, "dotted.name": ""}
                {"title": null, "meta": null, "dotted.name": "\\r\\n d \\r\\n\\r\\n e \\n"}
                """);
        assertEquals(List.of("x\ny\nd\nA", "B", "d \n e"), read(fields("meta.text", "dotted.name", "title"), file));
    }

    @Test
    void recordsWithoutTextAreSkippedAndCounted() throws IOException {
        Path file = write("a.csv", "text,n\none,1\n,2\n  ,3\nfour,4\n");
        SkippedRecords skipped = new SkippedRecords();
        assertEquals(List.of(), skipped.describe(List.of("text")).stream().toList());
        CorpusReading reading =
                new CorpusReading(DocumentBoundary.LINE, TextOptions.UTF_8, RecordOptions.DEFAULT, Files.size(file));
        try (DocumentSource documents = reading.open(TextSource.of(file))) {
            assertEquals("one", documents.next());
            assertEquals("four", documents.next());
            assertEquals(null, documents.next());
        }
        assertEquals(
                List.of("2 records have no text in \"text\", and are skipped; the first is " + file + ", line 3"),
                reading.losses());

        Path none = write("none.jsonl", "{\"text\": null}\n{\"text\": \"\\n\"}\n");
        String message = assertThrows(CorpusException.class, () -> read(RecordOptions.DEFAULT, none))
                .getMessage();
        assertTrue(message.contains("Expected at least one document in " + none), message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"text\": \"a\"|a JSON object",
                "[\"a\"]|a JSON object",
                "{\"text\": \"a\", \"text\": \"b\"}|the key \"text\" twice",
                "{\"text\": \"a\"} x|a JSON object",
                "{\"text\": 7}|the number 7",
                "{\"text\": true}|the boolean true",
                "{\"text\": {\"a\": \"b\"}}|the object",
                "{\"text\": [\"a\", 7]}|the number 7",
                "{\"text\": [[\"a\"]]}|the array",
                "NaN|a JSON object",
            })
    void aBadLineNamesFileLineAndWhatIsThere(String line, String words) throws IOException {
        Path file = write("a.jsonl", "{\"text\": \"fine\"}\n\n" + line + "\n{\"text\": \"fine\"}\n");
        String message = assertThrows(CorpusException.class, () -> read(RecordOptions.DEFAULT, file))
                .getMessage();
        assertTrue(message.matches("(?s)\\Q" + file + "\\E, line 3: Expected .*\\. Received: .*\\. .*"), message);
        assertTrue(message.contains(words), message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "body|a field \"body\"|\"title\", \"meta\", \"list\"",
                "meta.body|a field \"meta.body\"|\"meta.text\", \"meta.n\"",
                "list.body|a field \"list.body\"|\"list.text\"",
                "meta.n.text|an object in \"meta.n\"|the number 7",
                "no.such|a field \"no.such\"|\"title\"",
            })
    void aMissingFieldNamesTheFieldsThatAreThere(String field, String expected, String present) throws IOException {
        Path file = write(
                "a.jsonl",
                "{\"title\": \"t\", \"meta\": {\"text\": \"x\", \"n\": 7}, \"list\": [{\"text\": \"l\"}]}\n");
        String message = assertThrows(CorpusException.class, () -> read(fields(field), file))
                .getMessage();
        assertTrue(message.startsWith(file + ", line 1: Expected " + expected), message);
        assertTrue(message.contains(present), message);
    }

    @Test
    void theFirstRecordOfEveryFileIsLookedAtBeforeAnyIsRead() throws IOException {
        Path good = write("1.jsonl", "{\"text\": \"good\"}\n");
        Path bad = write("2.csv.zst", "id,body\n1,one\n");
        List<String> names = List.of(good.toString(), bad.toString());
        String message = assertThrows(
                        MissingColumnException.class,
                        () -> Corpus.of(names, DocumentBoundary.LINE, TextOptions.UTF_8, RecordOptions.DEFAULT))
                .getMessage();
        assertTrue(message.contains("2.csv.zst, line 1") && message.contains("\"id\", \"body\""), message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"a.jsonl.gz", "a.jsonl.zst", "a.csv.zst"})
    void aPackedFileThatIsCutIsAnError(String name) throws IOException {
        StringBuilder text = new StringBuilder("text\n");
        SplittableRandom random = new SplittableRandom(7);
        for (int i = 0; i < 30_000; i++) {
            String hexadecimal = Long.toHexString(random.nextLong());
            text.append(name.contains("jsonl") ? "{\"text\": \"" + hexadecimal + "\"}" : hexadecimal)
                    .append('\n');
        }
        String whole = name.contains("jsonl") ? text.substring(5) : text.toString();
        byte[] packed = Files.readAllBytes(write(name, whole));
        assertEquals(
                30_000, read(RecordOptions.DEFAULT, directory.resolve(name)).size());
        Path cut = Files.write(directory.resolve("cut." + name), Arrays.copyOf(packed, packed.length - 1000));
        String message = assertThrows(CorpusException.class, () -> read(RecordOptions.DEFAULT, cut))
                .getMessage();
        assertTrue(message.contains(cut.toString()) && message.contains("complete"), message);
    }

    @Test
    void severalFramesOfZstandardAreOneFile() throws IOException {
        byte[] one = Files.readAllBytes(write("one.jsonl.zst", "{\"text\": \"one\"}\n"));
        byte[] two = Files.readAllBytes(write("two.jsonl.zst", "{\"text\": \"two\"}\n"));
        byte[] both = Arrays.copyOf(one, one.length + two.length);
        System.arraycopy(two, 0, both, one.length, two.length);
        Path file = Files.write(directory.resolve("both.jsonl.zst"), both);
        assertEquals(List.of("one", "two"), read(RecordOptions.DEFAULT, file));
        Path misnamed = Files.write(directory.resolve("both.jsonl"), both);
        String message = assertThrows(PlainTextException.class, () -> read(RecordOptions.DEFAULT, misnamed))
                .getMessage();
        assertTrue(message.contains("Zstandard, without .zst"), message);
    }

    @Test
    void otherEncodingsAndByteOrderMarksAreRead() throws IOException {
        String json = "{\"text\": \"Käse\"}\n";
        Path marked = write("a.jsonl", "\uFEFF" + json);
        assertEquals(List.of("Käse"), read(RecordOptions.DEFAULT, marked));
        assertEquals(List.of("Käse"), read(RecordOptions.DEFAULT, write("a.csv", "\uFEFFtext,n\nKäse,1\n")));
        Path latin = Files.write(directory.resolve("latin.jsonl"), json.getBytes(StandardCharsets.ISO_8859_1));
        try (Stream<String> documents = Corpus.of(
                        List.of(latin + ""),
                        DocumentBoundary.LINE,
                        new TextOptions(StandardCharsets.ISO_8859_1, false),
                        RecordOptions.DEFAULT)
                .documents()) {
            assertEquals(List.of("Käse"), documents.toList());
        }
        Path much = Files.write(directory.resolve("much.jsonl"), json.repeat(50).getBytes(StandardCharsets.ISO_8859_1));
        String message = assertThrows(PlainTextException.class, () -> read(RecordOptions.DEFAULT, much))
                .getMessage();
        assertTrue(message.contains("ISO-8859-1"), message);
    }

    @Test
    void loneSurrogatesBecomeReplacements() throws IOException {
        Path file = write("a.jsonl", "{\"text\": \"a\\ud83d b \\ude00\\ud83d\\ude00 \\ud83d\"}\n");
        assertEquals(List.of("a\uFFFD b \uFFFD😀 \uFFFD"), read(RecordOptions.DEFAULT, file));
    }

    @Test
    void longRecordsAreCutWherePlainDocumentsAre() throws IOException {
        List<List<String>> documents = new ArrayList<>();
        SplittableRandom random = new SplittableRandom(5);
        for (int i = 0; i < 3; i++) {
            StringBuilder text = new StringBuilder();
            int length = DocumentReader.MAX_DOCUMENT_LENGTH * i + random.nextInt(100);
            while (text.length() < length) {
                text.append(Integer.toString(random.nextInt(1 << 20), 36)).append(random.nextInt(9) == 0 ? '\n' : ' ');
            }
            documents.add(List.of(text.append("end").toString()));
        }
        documents.add(List.of("x".repeat(DocumentReader.MAX_DOCUMENT_LENGTH)));
        List<String> expected = read(RecordOptions.DEFAULT, write("a.txt", RecordFiles.blankLines(documents)));
        assertTrue(expected.size() > 5, expected.size() + " documents");
        assertEquals(expected, read(fields("t"), write("a.jsonl", RecordFiles.jsonTexts(documents, "t"))));
        assertEquals(expected, read(fields("t"), write("a.csv", RecordFiles.table(documents, "t", ','))));
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"text\": \"%s\"}", "id,text\n1,\"%s\"\n"})
    void aRecordThatWouldFillTheMemoryIsAnError(String template) throws IOException {
        String name = template.startsWith("{") ? "a.jsonl" : "a.csv";
        Path file = write(name, String.format(Locale.ROOT, template, "x ".repeat((1 << 23) + 10)));
        String message = assertThrows(CorpusException.class, () -> read(RecordOptions.DEFAULT, file))
                .getMessage();
        assertTrue(message.contains("line ") && message.contains("at most 16777216 characters"), message);
        Path wide = write("wide.csv", "text" + ",a".repeat(70_000));
        assertTrue(assertThrows(CorpusException.class, () -> read(RecordOptions.DEFAULT, wide))
                .getMessage()
                .contains("at most 65536 fields"));
    }

    @Test
    void theNameOfAFormatInsists() throws IOException {
        Path file = write("records.txt", "{\"text\": \"alone\"}\n");
        assertEquals(List.of("{\"text\": \"alone\"}"), read(RecordOptions.DEFAULT, file));
        RecordOptions json = new RecordOptions(RecordFormat.JSON_LINES, List.of("text"));
        assertEquals(List.of("alone"), read(json, file));
        RecordOptions unquoted = new RecordOptions(RecordFormat.TSV_UNQUOTED, List.of("text"));
        assertEquals(List.of("\"a\" b", "c\""), read(unquoted, write("a.tsv", "text\tn\n\"a\" b\t1\nc\"\t2\n")));
        Path pdf = write("a.jsonl", "%PDF-1.7 and so on\n");
        assertTrue(assertThrows(PlainTextException.class, () -> read(json, pdf))
                .getMessage()
                .contains("PDF"));
    }

    @Test
    void fieldsHaveNames() {
        for (List<String> wrong : List.of(List.<String>of(), List.of(""), List.of("a", "a"))) {
            assertThrows(IllegalArgumentException.class, () -> new RecordOptions(null, wrong));
        }
    }

    @Test
    void withoutItsLibraryTheMessageNamesTheDependency() throws Exception {
        Method unpack = Class.forName(
                        Packing.class.getName(),
                        true,
                        new ClassesWithout(Packing.class.getPackageName(), List.of("com.github.luben.")))
                .getDeclaredMethod("unpack", String.class, InputStream.class);
        unpack.setAccessible(true);
        InputStream bytes = new ByteArrayInputStream(new byte[0]);
        Throwable failure = assertThrows(
                        InvocationTargetException.class, () -> unpack.invoke(null, "a.jsonl.zst", bytes))
                .getCause();
        assertNotNull(failure);
        assertEquals("io.github.cloze4j.CorpusException", failure.getClass().getName());
        assertTrue(String.valueOf(failure.getMessage()).contains("com.github.luben:zstd-jni"), failure.getMessage());
    }
}
