package io.github.cloze4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.pretrained.PretrainedFixture;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every command that reads text refuses text in another encoding, and files that are none, unless it is told. */
class TextEncodingTest {
    private static final Charset LATIN1 = StandardCharsets.ISO_8859_1;
    private static final String TEXT = "Käse, the cat sat, über Brötchen [MASK] für Größere\n".repeat(40);
    private static final String MODEL = PretrainedFixture.DIRECTORY.toString();

    @TempDir
    Path directory;

    private Path input;
    private Path output;

    @BeforeEach
    void writeInput() throws IOException {
        input = Files.writeString(directory.resolve("text.txt"), TEXT, LATIN1);
        output = directory.resolve("output");
    }

    private String[] command(String name, String... more) {
        String vocabulary = MODEL + "/vocab.txt";
        List<String> words =
                switch (name) {
                    case "train-vocab" ->
                        List.of("--corpus", input.toString(), "--size", "60", "--output", output + "");
                    case "prepare" ->
                        List.of("--corpus", input.toString(), "--vocab", vocabulary, "--output", output.toString());
                    case "pretrain" ->
                        List.of(
                                "--corpus=" + input,
                                "--output=" + output,
                                "--steps=1",
                                "--layers=1",
                                "--hidden=8",
                                "--heads=1",
                                "--seq-len=16",
                                "--batch-size=2",
                                "--vocab-size=60");
                    case "evaluate" ->
                        List.of("--model", MODEL, "--kernels", "nd4j", "--seq-len", "16", "--corpus", input.toString());
                    case "tokenize" ->
                        List.of("--vocab", vocabulary, "--input", input.toString(), "--output", output.toString());
                    default -> List.of("--model", MODEL, "--kernels", "nd4j", "--input", input.toString());
                };
        return Stream.of(Stream.of(name), words.stream(), Arrays.stream(more))
                .flatMap(part -> part)
                .toArray(String[]::new);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "train-vocab",
                "prepare",
                "pretrain",
                "evaluate",
                "tokenize",
                "fill-mask",
                "embed",
                "pseudo-perplexity"
            })
    void latin1IsRefusedAndReadWithTheOption(String name) throws IOException {
        Files.writeString(input, "<!DOCTYPE html><html><p>plain</p></html>\n");
        assertTrue(CliRun.of(command(name)).err().contains("a web page"));
        Files.writeString(input, TEXT, LATIN1);
        CliRun refused = CliRun.of(command(name));
        assertEquals(1, refused.code(), refused.err());
        assertEquals(1, refused.errorLines().size(), refused.err());
        String error = refused.errorLines().get(0);
        for (String word : List.of("text.txt", "line 1;", "ISO-8859-1", "--encoding", "--format text")) {
            assertTrue(error.contains(word), error);
        }
        assertFalse(Files.exists(output), "nothing is left");

        CliRun read = CliRun.of(command(name, "--encoding", "latin1"));
        assertEquals(0, read.code(), read.err());
        assertFalse(read.err().contains("U+FFFD"), read.err());
        if (name.equals("train-vocab")) {
            assertTrue(Files.readString(output).contains("##ro")
                    || Files.readString(output).contains("##ße"));
        }
    }

    @Test
    void otherEncodingsGiveTheSameVocabularyAsUtf8() throws IOException {
        Path utf8 = Files.writeString(directory.resolve("utf8.txt"), TEXT);
        String[] plain = {"train-vocab", "--cased", "--size", "60", "--output", output.toString(), "--corpus"};
        assertEquals(
                0,
                CliRun.of(Stream.concat(Arrays.stream(plain), Stream.of(utf8 + ""))
                                .toArray(String[]::new))
                        .code());
        String expected = Files.readString(output);
        assertTrue(expected.contains("ö") && expected.contains("ß"), expected);
        for (String encoding : List.of("ISO-8859-1", "windows-1252", "UTF-16", "UTF-16LE", "UTF-16BE")) {
            Files.writeString(input, TEXT, Charset.forName(encoding));
            assertEquals(
                    0,
                    CliRun.of(command("train-vocab", "--cased", "--encoding", encoding))
                            .code());
            assertEquals(expected, Files.readString(output), encoding);
        }
    }

    @Test
    void aLoneBadByteIsReadAndSaidOnce() throws IOException {
        byte[] bytes = ("tea [MASK]\n".repeat(20) + "\u00e4\n").getBytes(LATIN1);
        Files.write(input, bytes);
        for (String name : List.of("tokenize", "embed")) {
            CliRun run = CliRun.of(command(name));
            assertEquals(0, run.code(), run.err());
            List<String> warnings = run.err()
                    .lines()
                    .filter(line -> line.startsWith("warning: "))
                    .toList();
            assertEquals(1, warnings.size(), run.err());
            assertTrue(warnings.get(0).contains("line 21 of"), run.err());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"tokenize", "fill-mask", "embed", "pseudo-perplexity"})
    void recordsAreRefusedWhereALineIsAText(String name) throws IOException {
        Files.writeString(input, "{\"text\": \"plain\"}\n".repeat(3));
        assertTrue(CliRun.of(command(name)).err().contains("JSON lines"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"fill-mask", "embed", "pseudo-perplexity"})
    void textIsLookedAtBeforeAModelIsLoaded(String name) {
        CliRun run = CliRun.of(name, "--model", MODEL, "--kernels", "no-such-kernels", "--input", input.toString());
        assertTrue(run.errorLines().get(0).contains("ISO-8859-1"), run.err());
        CliRun directories = CliRun.of(name, "--model", MODEL, "--kernels", "nd4j", "--input", directory.toString());
        assertTrue(directories.errorLines().get(0).endsWith("Received: a directory. Name a file"), directories.err());
    }

    @Test
    void theLengthOfAFileSaysHowManyBadBytesAreDamage() throws IOException {
        Files.write(input, ("ä tea ä tea ä\n" + "tea [MASK]\n".repeat(10_000)).getBytes(LATIN1));
        CliRun run = CliRun.of(command("tokenize"));
        assertEquals(0, run.code(), run.err());
        assertTrue(run.err().contains("3 places are not UTF-8 text"), run.err());
    }

    @Test
    void optionsForTextAreRefusedWithoutOne() {
        for (String[] words : new String[][] {
            {"fill-mask", "--model", MODEL, "the [MASK]", "--encoding", "latin1"},
            {"embed", "--model", MODEL, "the cat", "--format", "text"},
            {"train-vocab", "--size", "60", "--output", output.toString(), "--encoding", "latin1"},
            {"pretrain", "--output", output.toString(), "--encoding", "latin1"},
            {"pretrain", "--output", output.toString(), "--text-field", "body"},
        }) {
            CliRun run = CliRun.of(words);
            assertEquals(2, run.code(), run.err());
            assertTrue(run.err().contains("the text that it is for"), run.err());
        }
    }

    @Test
    void unknownEncodingsAndFormatsAreWrongUsage() {
        CliRun encoding = CliRun.of(command("train-vocab", "--encoding", "latin-9000"));
        assertEquals(2, encoding.code());
        assertTrue(encoding.errorLines().get(0).contains("an encoding that Java knows"), encoding.err());
        CliRun format = CliRun.of(command("train-vocab", "--format", "xml"));
        assertEquals(2, format.code());
        assertTrue(
                format.errorLines().get(0).contains("one of jsonl, csv, tsv, tsv-unquoted, parquet, text"),
                format.err());
        assertEquals(2, CliRun.of(command("tokenize", "--format", "csv")).code());
    }
}
