package io.github.cloze4j.corpus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.CorpusException;
import io.github.cloze4j.MissingColumnException;
import io.github.cloze4j.PlainTextException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.Writer;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is plain text in the encoding that was named, and what is refused. */
class PlainTextTest {
    private static final TextOptions ANY = new TextOptions(StandardCharsets.UTF_8, true);

    @TempDir
    Path directory;

    private Path write(String name, byte[] bytes) throws IOException {
        return Files.write(directory.resolve(name), bytes);
    }

    private Path write(String name, String text) throws IOException {
        return write(name, text.getBytes(StandardCharsets.UTF_8));
    }

    private static List<String> read(TextOptions options, Path... files) {
        List<String> names = Arrays.stream(files).map(Path::toString).toList();
        try (Stream<String> documents = Corpus.of(names, DocumentBoundary.LINE, options, RecordOptions.DEFAULT)
                .documents()) {
            return documents.toList();
        }
    }

    private static String refusal(TextOptions options, Path... files) {
        String message = assertThrows(PlainTextException.class, () -> read(options, files))
                .getMessage();
        assertTrue(message.matches("Expected .*\\. Received: .*\\. (Name|Mend|Wait) .*[^.]"), message);
        return message;
    }

    private static byte[] latin1(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    @ParameterizedTest
    @CsvSource({
        "ISO-8859-1, Käse über Brötchen für Größere",
        "windows-1251, счастливые семьи похожи друг на друга",
        "GB18030, 学而时习之不亦说乎有朋自远方来不亦乐乎",
        "Big5, 學而時習之不亦說乎有朋自遠方來不亦樂乎",
        "Shift_JIS, 名前はまだ無いどこで生れたかとんと見当がつかぬ",
        "UTF-16LE, Käse über Brötchen für Größere",
        "UTF-16BE, 学而时习之不亦说乎有朋自远方来不亦乐乎",
        "UTF-16, счастливые семьи похожи друг на друга",
    })
    void anotherEncodingIsRefusedByNameAndReadWhereItIsNamed(String encoding, String line) throws IOException {
        Charset charset = Charset.forName(encoding);
        Path file = write("a.txt", ("Ascii first\n" + line + "\n" + line + "\n").getBytes(charset));

        String message = refusal(TextOptions.UTF_8, file);
        assertTrue(message.contains(encoding) && message.contains("a.txt"), message);
        assertTrue(message.contains(encoding.startsWith("UTF-16") ? "line 1" : "line 2"), message);
        assertEquals(List.of("Ascii first", line, line), read(new TextOptions(charset, false), file));
    }

    @Test
    void theFirstFileThatIsNotUtf8Stops() throws IOException {
        Path good = write("1.txt", "größer und schöner\n".repeat(2000));
        Path bad = write("2.txt", latin1("plain\n".repeat(10_000) + "größer und schöner\n".repeat(500)));
        String message = refusal(TextOptions.UTF_8, good, bad);
        assertTrue(message.contains("2.txt") && message.contains("line 10001") && message.contains("ISO-8859-1"));

        // Deep inside a file, where its beginning is not looked into before all is read.
        Corpus corpus = Corpus.of(List.of(bad.toString()), DocumentBoundary.LINE);
        try (Stream<String> documents = corpus.documents()) {
            assertThrows(PlainTextException.class, documents::count);
        }
    }

    @Test
    void oneByteInTenThousandIsDamageAndMoreIsAnotherEncoding() throws IOException {
        byte[] text = "ten bytes\n".repeat(5000).getBytes(StandardCharsets.UTF_8);
        for (int at = 0; at < 6; at++) {
            text[at * 8000 + 3] = (byte) 0xE4;
        }
        List<String> documents = read(TextOptions.UTF_8, write("six.txt", text));
        assertEquals(5000, documents.size());
        assertEquals(6, documents.stream().filter("ten\uFFFDbytes"::equals).count());

        text[9] = (byte) 0xE4;
        assertTrue(refusal(TextOptions.UTF_8, write("seven.txt", text)).contains("line 1;"));
        assertEquals(4999, read(ANY, directory.resolve("seven.txt")).size());
    }

    @Test
    void aSingleBadByteIsToleratedInEachFileButNotInManySmallOnes() throws IOException {
        Path small = write("small.txt", latin1("Käse\n"));
        assertEquals(List.of("K\uFFFDse"), read(TextOptions.UTF_8, small));
        Path other = write("other.txt", latin1("Brötchen\n"));
        assertTrue(refusal(TextOptions.UTF_8, small, other).contains("other.txt"));
        Path large = write("large.txt", "0123456789".repeat(1000));
        assertEquals(3, read(TextOptions.UTF_8, small, other, large).size());
    }

    @Test
    void aTextCutInsideOfACharacterIsRead() throws IOException {
        byte[] text = "学而时习之\n".repeat(1000).getBytes(StandardCharsets.UTF_8);
        Path cut = write("cut.txt", Arrays.copyOf(text, text.length - 2));
        assertEquals("学而时习之", read(TextOptions.UTF_8, cut).get(0));
        // The characters of the sample at a file's beginning are cut at any place too.
        for (int shift = 0; shift < 3; shift++) {
            Path shifted = write("shifted.txt", " ".repeat(shift) + "学".repeat(PlainTextReader.INPUT_LENGTH));
            assertEquals(1, read(TextOptions.UTF_8, shifted).size());
        }
    }

    @Test
    void nulsAreBinaryUnlessTheyAreFew() throws IOException {
        assertEquals(List.of("a\0b"), read(TextOptions.UTF_8, write("one.txt", "a\0b\n")));
        assertTrue(refusal(TextOptions.UTF_8, write("nul.txt", new byte[5000])).contains("nul.txt"));
        byte[] numbers = new byte[4096];
        for (int i = 0; i < numbers.length; i += 4) {
            numbers[i] = (byte) i;
        }
        String message = refusal(TextOptions.UTF_8, write("numbers.bin", numbers));
        assertTrue(message.contains("looks like no text"), message);
    }

    @Test
    void utf8UnderAnotherNameIsRefused() throws IOException {
        Path file = write("a.txt", "Käse über Brötchen für Größere und Schönere, Äpfel\n".repeat(3));
        TextOptions latin1 = new TextOptions(StandardCharsets.ISO_8859_1, false);
        assertTrue(refusal(latin1, file).contains("UTF-8"));
        assertEquals(List.of("plain"), read(latin1, write("ascii.txt", "plain\n")));
        // Two letters of it would be one ideograph, and hardly a byte would be wrong.
        for (String wide : List.of("UTF-16", "UTF-16LE", "UTF-16BE", "UTF-32")) {
            TextOptions options = new TextOptions(Charset.forName(wide), false);
            assertTrue(refusal(options, directory.resolve("ascii.txt")).contains("Received: UTF-8"));
            String chinese = "学而时习之不亦说乎\n";
            assertEquals(List.of(chinese.strip()), read(options, write("a.txt", chinese.getBytes(options.encoding()))));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "255044462D312E370A25E2E3CFD3, PDF",
        "89504E470D0A1A0A0000000D, PNG",
        "FFD8FFE000104A46, JPEG",
        "504B030414000000, zip",
        "FD377A585A000004, xz",
        "28B52FFD0458, Zstandard",
        "425A6839314159265359, bzip2",
        "7F454C4602010100, ELF",
        "1F8B080000000000, gzip",
    })
    void otherFormatsAreRefusedByTheirBeginning(String beginning, String name) throws IOException {
        byte[] bytes = Arrays.copyOf(HexFormat.of().parseHex(beginning), 40);
        Arrays.fill(bytes, beginning.length() / 2, bytes.length, (byte) 'x');
        assertTrue(refusal(TextOptions.UTF_8, write("corpus.txt", bytes)).contains(name));
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (OutputStream gzip = new GZIPOutputStream(packed)) {
            gzip.write(bytes);
        }
        assertTrue(refusal(TextOptions.UTF_8, write("corpus.txt.gz", packed.toByteArray()))
                .contains(name));
        List<String> insisted = read(ANY, directory.resolve("corpus.txt"));
        assertTrue(insisted.get(insisted.size() - 1).endsWith("xxx"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"a.json", "a.json.gz"})
    void otherFormatsAreRefusedByTheirName(String name) throws IOException {
        byte[] bytes = "plain text\n".getBytes(StandardCharsets.UTF_8);
        if (name.endsWith(".gz")) {
            ByteArrayOutputStream packed = new ByteArrayOutputStream();
            try (OutputStream gzip = new GZIPOutputStream(packed)) {
                gzip.write(bytes);
            }
            bytes = packed.toByteArray();
        }
        Path file = write(name, bytes);
        assertTrue(refusal(TextOptions.UTF_8, file).contains(name));
        assertTrue(refusal(TextOptions.UTF_8, directory).contains(name), "in a directory");
        assertEquals(List.of("plain text"), read(ANY, file));
    }

    @ParameterizedTest
    @ValueSource(strings = {"a.csv", "a.TSV", "a.jsonl", "a.ndjson"})
    void plainTextUnderTheNameOfRecordsIsAnErrorOfItsFirstLine(String name) throws IOException {
        Path file = write(name, "plain text\n");
        String message = assertThrows(CorpusException.class, () -> read(TextOptions.UTF_8, file))
                .getMessage();
        assertTrue(message.startsWith(file + ", line 1: Expected "), message);
        assertEquals(List.of("plain text"), read(ANY, file));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "id,text,label;1,\"a cat, a dog\",0;2,the sun,1;3,,0|a cat, a dog",
                "\"text\",\"label\";good,1;bad,0;\"so, so\",1|good",
                "text~text_de;the cat~die Katze;a dog~ein Hund;the sun~die Sonne|the cat",
            })
    void tablesAreReadByTheirContent(String table, String first) throws IOException {
        String text = table.replace(';', '\n').replace('~', '\t') + "\n";
        assertEquals(first, read(TextOptions.UTF_8, write("a.txt", text)).get(0));
        assertEquals(4, read(ANY, write("a.txt", text)).size());
        Path other = write("other.txt", text.replace("text", "words"));
        String message = assertThrows(MissingColumnException.class, () -> read(TextOptions.UTF_8, other))
                .getMessage();
        assertTrue(message.contains("line 1") && message.contains("\"words\""), message);
        assertEquals(4, read(ANY, other).size());
    }

    @Test
    void aTableWithSemicolonsIsRefusedByItsContent() throws IOException {
        Path file = write("a.txt", "id;text\n1;the cat\n2;a dog\n3;the sun\n");
        assertTrue(refusal(TextOptions.UTF_8, file).contains("semicolons"));
    }

    @Test
    void proseWithCommasIsNoTable() throws IOException {
        for (String text : List.of(
                "red, green\nblue, black\nwhite, grey\npink, brown\n",
                "apples,pears\nWe ate apples,pears and,at last,plums.\nThen we slept.\nAll was well.\n",
                "id,text\n1,one\n",
                "word\nother\nthird\nfourth\n")) {
            assertEquals(text.lines().toList(), read(TextOptions.UTF_8, write("a.txt", text)));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"a.txt", "a.json", "a"})
    void jsonLinesAreReadByTheirContent(String name) throws IOException {
        String line = "{\"text\": \"one {two} \\\"three\\\"\", \"n\": [1, 2]}\n";
        for (String text : List.of(line.repeat(2), line + "\n" + line, line.repeat(2000))) {
            List<String> read = read(TextOptions.UTF_8, write(name, text));
            assertEquals(text.length() / line.length(), read.size());
            assertEquals("one {two} \"three\"", read.get(0));
        }
        assertEquals(2, read(ANY, write(name, line.repeat(2))).size());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "<!DOCTYPE html><html><p>one</p></html>|a web page or XML",
                "<HTML><p>one</p></HTML>|a web page or XML",
                "<?xml version='1.0'?><a>one</a>|a web page or XML",
                "[ {\"text\": \"one\"}, {\"text\": \"two\"} ]|Received: JSON.",
            })
    void webPagesAndListsOfJsonAreRefusedByTheirContent(String text, String words) throws IOException {
        String refusal = refusal(TextOptions.UTF_8, write("a.txt", text + "\n"));

        assertTrue(refusal.contains(words), refusal);
        assertEquals(List.of(text), read(ANY, write("a.txt", text + "\n")));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"text\": \"one line alone\"}\n",
                "{ a set of things, in mathematics }\n{ another }\n",
                "{\"text\": 1}\nand then prose goes on.\n",
                "one, two, three\nfour, five, six\nseven, eight, nine\n",
                "[1, 2]\n[3, 4]\n",
                "[{x}] stands for a list of a set.\n",
                "<html5> and other words in angles.\n",
                "PK is short for primary key.\n",
                "BZh9 is how bzip2 begins.\n",
                "%PDF is how PDF begins.\n",
                "Rar! said the lion.\n",
            })
    void proseThatBeginsLikeAnotherFormatIsText(String text) throws IOException {
        assertEquals(text.lines().map(String::strip).toList(), read(TextOptions.UTF_8, write("a.txt", text)));
    }

    @Test
    void aModelAndPreparedDataAreNoText() throws IOException {
        Path model = Files.createDirectories(directory.resolve("corpus").resolve("model"));
        Files.writeString(model.resolve("vocab.txt"), "[PAD]\n");
        assertEquals(List.of("[PAD]"), read(TextOptions.UTF_8, model));
        Files.writeString(model.resolve("config.json"), "{}");
        assertTrue(refusal(TextOptions.UTF_8, model).contains("a model"));
        assertTrue(refusal(TextOptions.UTF_8, directory).contains("a model"));
        assertEquals(2, read(ANY, model).size());
        assertEquals(List.of("[PAD]"), read(TextOptions.UTF_8, model.resolve("vocab.txt")), "a file that is named");

        // As NumberFilesWriter of the package data names them.
        Path data = Files.createDirectories(directory.resolve("data").resolve("train"));
        Files.writeString(data.resolve("manifest.json"), "{}");
        Files.writeString(data.resolve("tokens-00000.bin"), "xx");
        assertTrue(refusal(TextOptions.UTF_8, directory.resolve("data")).contains("prepared data"));
    }

    @Test
    void whatWasLostIsSaidInAWholeSentenceUnlessReadingWasRefused() throws IOException {
        byte[] text = latin1("Käse\n" + "plain\n".repeat(2000) + "Brötchen\n");
        try (PlainTextReader reader =
                new PlainTextReader("a.txt", new ByteArrayInputStream(text), TextOptions.UTF_8, text.length)) {
            reader.transferTo(Writer.nullWriter());
            assertEquals(
                    "2 places are not UTF-8 text in 1 file, and read as U+FFFD or NUL; the first is in line 1 of a.txt",
                    reader.loss().orElseThrow());
        }
        byte[] damaged = latin1("Käse\n".repeat(3));
        try (PlainTextReader reader =
                new PlainTextReader("a.txt", new ByteArrayInputStream(damaged), TextOptions.UTF_8, damaged.length)) {
            assertThrows(PlainTextException.class, () -> reader.transferTo(Writer.nullWriter()));
            assertEquals(Optional.empty(), reader.loss());
        }
    }

    @Test
    void namesAreTakenForWhatTheyAre() {
        byte[] packed = HexFormat.of().parseHex("1F8B080000000000");
        for (String name : List.of("a.txt", "a.txt.gz")) {
            String message = assertThrows(
                            PlainTextException.class, () -> ForeignFormat.refuse(name, packed, TextOptions.UTF_8))
                    .getMessage();
            assertEquals(name.equals("a.txt"), message.contains("without .gz"), message);
        }
        // A name without an extension.
        ForeignFormat.refuse("csv", latin1("plain\n"), TextOptions.UTF_8);
    }

    @Test
    void aFileThatChangesWhileItIsReadIsAnError() throws IOException {
        byte[] lines = "one line\n".repeat(20_000).getBytes(StandardCharsets.UTF_8);
        Path file = write("a.txt", lines);
        for (byte[] changed :
                List.of(new byte[0], Arrays.copyOf(lines, lines.length / 2), "x\n".getBytes(StandardCharsets.UTF_8))) {
            Files.write(file, lines);
            Corpus corpus = Corpus.of(List.of(file.toString()), DocumentBoundary.LINE);
            try (Stream<String> documents = corpus.documents()) {
                CorpusException failure = assertThrows(CorpusException.class, () -> {
                    var iterator = documents.iterator();
                    iterator.next();
                    Files.write(file, changed);
                    iterator.forEachRemaining(document -> {});
                });
                assertTrue(failure.getMessage().contains("changed meanwhile"), failure.getMessage());
            }
        }
    }

    @Test
    void linesAreCountedOverAllLineEndsAndBuffers() throws IOException {
        for (String end : List.of("\n", "\r\n", "\r")) {
            String lines =
                    IntStream.range(0, 9000).mapToObj(i -> "line " + i + end).reduce("", String::concat);
            assertTrue(refusal(TextOptions.UTF_8, write("a.txt", latin1(lines + "ä".repeat(40))))
                    .contains("line 9001;"));
        }
    }
}
