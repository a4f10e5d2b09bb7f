package io.github.cloze4j.finetune.readers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.CorpusException;
import io.github.cloze4j.corpus.TextOptions;
import io.github.cloze4j.corpus.records.SourceLine;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TextReaderTest {
    @TempDir
    Path directory;

    private Path write(String name, String text) throws IOException {
        return Files.writeString(directory.resolve(name), text);
    }

    private static TextReader single() {
        return new TextReader("text", null, ReadOptions.DEFAULT);
    }

    @Test
    void aTableIsReadByTheNamesOfItsColumns() throws IOException {
        Path file = write(
                "train.csv", "\uFEFFid, label ,text,pair\r\n1, good ,\"a, \"\"b\"\"\nc\", d \r\n\r\n2,bad,,e\r\n");

        List<Labelled<InputText, String>> read =
                new TextReader("text", "pair", ReadOptions.DEFAULT).classes(file, "label");

        assertEquals(
                List.of(
                        new Labelled<>(new InputText("a, \"b\"\nc", " d ", new SourceLine(file.toString(), 2)), "good"),
                        new Labelled<>(new InputText("", "e", new SourceLine(file.toString(), 5)), "bad")),
                read);
    }

    @Test
    void jsonLinesAreReadByTheNamesOfTheirFields() throws IOException {
        Path file = write(
                "train.jsonl",
                "\uFEFF{\"text\": \"a\\nb\", \"label\": 3, \"x\": {}}\n\n{\"label\":true,\"text\":\"\"}");

        List<Labelled<InputText, String>> read = single().classes(file, "label");

        assertEquals(
                List.of(
                        new Labelled<>(new InputText("a\nb", null, new SourceLine(file.toString(), 1)), "3"),
                        new Labelled<>(new InputText("", null, new SourceLine(file.toString(), 3)), "true")),
                read);
    }

    @Test
    void aTextHasAnyNumberOfLabels() throws IOException {
        Path table = write("a.tsv", "text\tlabel\na\tx| y\nb\t \nc\tz\n");
        Path lines = write(
                "a.ndjson",
                "{\"text\":\"a\",\"label\":[\"x\",\"y\"]}\n{\"text\":\"b\",\"label\":[]}\n{\"text\":\"c\",\"label\":\"z\"}\n");

        for (Path file : List.of(table, lines)) {
            assertEquals(
                    List.of(List.of("x", "y"), List.of(), List.of("z")),
                    single().classLists(file, "label", "|").stream()
                            .map(Labelled::label)
                            .toList());
        }
    }

    @Test
    void aTextHasANumber() throws IOException {
        Path table = write("a.csv", "text,label\na, 1.5 \nb,-2e-3\n");
        Path lines = write("a.jsonl", "{\"text\":\"a\",\"label\":1.5}\n{\"text\":\"b\",\"label\":\"-0.002\"}\n");

        for (Path file : List.of(table, lines)) {
            assertEquals(
                    List.of(1.5, -0.002),
                    single().numbers(file, "label").stream()
                            .map(Labelled::label)
                            .toList());
        }
    }

    @Test
    void theQuotesOfAnUnquotedTableAreCharacters() throws IOException {
        Path file = write("a.tsv", "text\tlabel\n\"Yes, he said.\t1\nNo\"\t0\n");

        List<Labelled<InputText, String>> read = new TextReader(
                        "text", null, ReadOptions.DEFAULT.withFormat(DataFormat.TSV_UNQUOTED))
                .classes(file, "label");

        assertEquals(
                List.of("\"Yes, he said.", "No\""),
                read.stream().map(labelled -> labelled.input().text()).toList());
    }

    @Test
    void aBlankLineOfATableWithOneColumnIsAnEmptyText() throws IOException {
        Path file = write("a.csv", "text\na\n\nb\n");

        assertEquals(
                List.of("a", "", "b"),
                single().texts(file).stream().map(InputText::text).toList());
    }

    @ParameterizedTest
    @CsvSource({"UTF-8", "UTF-16", "windows-1252", "GB18030"})
    void aTableInAnotherEncodingIsRead(String encoding) throws IOException {
        Charset charset = Charset.forName(encoding);
        Path file = directory.resolve("a.csv");
        Files.write(file, "text,label\nCafé über alles,1\n".getBytes(charset));

        ReadOptions options = ReadOptions.DEFAULT.withText(new TextOptions(charset, false));
        String read = new TextReader("text", null, options).texts(file).get(0).text();

        assertEquals("Café über alles", read);
    }

    @Test
    void aPackedTableIsRead() throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
            gzip.write("text,label\na,1\n".getBytes(StandardCharsets.UTF_8));
        }
        Path file = Files.write(directory.resolve("A.CSV.GZ"), packed.toByteArray());

        assertEquals("a", single().texts(file).get(0).text());
    }

    @ParameterizedTest
    @ValueSource(strings = {"a.csv", "a.jsonl"})
    void limitsHold(String name) throws IOException {
        String long20 = "x".repeat(20);
        Path file = write(
                name,
                name.endsWith("csv")
                        ? "text\na\n" + long20 + "\n"
                        : "{\"text\":\"a\"}\n{\"text\":\"" + long20 + "\"}\n");
        ReadOptions fields = new ReadOptions(null, TextOptions.UTF_8, 1000, 19);
        ReadOptions all = new ReadOptions(null, TextOptions.UTF_8, 20, 1000);

        String longField = assertThrows(CorpusException.class, () -> new TextReader("text", null, fields).texts(file))
                .getMessage();
        String longFile = assertThrows(CorpusException.class, () -> new TextReader("text", null, all).texts(file))
                .getMessage();

        assertEquals(
                file + ", line " + (name.endsWith("csv") ? 3 : 2) + ": Expected "
                        + (name.endsWith("csv") ? "fields" : "a line")
                        + " of at most 19 characters. Received: a longer one. "
                        + (name.endsWith("csv") ? "Shorten the field, or close its quotes" : "Split the record"),
                longField);
        assertEquals(
                file + ": Expected a file of at most 20 characters. Received: a longer one. Split the file", longFile);
    }

    @Test
    void emptyTextsAndDuplicatesAreCounted() {
        SourceLine source = new SourceLine("a.csv", 2);
        List<Labelled<InputText, String>> texts = List.of(
                new Labelled<>(new InputText("a", "b", source), "1"),
                new Labelled<>(new InputText("a", "b", source), "1"),
                new Labelled<>(new InputText("a", "b", source), "2"),
                new Labelled<>(new InputText("b", "a", source), "2"),
                new Labelled<>(new InputText("a", " ", source), "2"));

        TextCounts counts = TextCounts.of(texts);

        assertEquals(new TextCounts(5, 1, 2, 1), counts);
        assertEquals("5 records, 1 with an empty text, 2 duplicates, 1 of them with another label", counts.toString());
        assertEquals("1 record", TextCounts.of(texts.subList(0, 1)).toString());
        assertTrue(
                TextCounts.of(List.<Labelled<InputText, String>>of()).toString().startsWith("0 records"));
    }
}
