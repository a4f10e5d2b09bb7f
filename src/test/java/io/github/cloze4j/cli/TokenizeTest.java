package io.github.cloze4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.cloze4j.tokenizer.BertTokenizer;
import io.github.cloze4j.tokenizer.TokenizerConfig;
import io.github.cloze4j.tokenizer.Vocabulary;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenizeTest {
    private static final List<String> TOKENS =
            List.of("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "fox", "Fox", "##es", ".");

    @TempDir
    private Path directory;

    private Path vocabulary;
    private Path input;
    private Path output;

    @BeforeEach
    void writeVocabulary() throws IOException {
        vocabulary = Files.write(directory.resolve("vocab.txt"), TOKENS);
        input = directory.resolve("text.txt");
        output = directory.resolve("ids.txt");
    }

    @Test
    void aLineOfTextIsALineOfIds() throws IOException {
        JsonNode result = tokenize("The foxes.\n\nFox\r\nthe\rfox");
        assertEquals("2 5 6 8 9 3\n2 3\n2 6 3\n2 5 3\n2 6 3\n", Files.readString(output));
        assertEquals(5, result.get("lines").asLong());
        assertEquals(17, result.get("tokens").asLong());
        assertTrue(result.get("seconds").isNumber());
    }

    @Test
    void caseAndSpecialTokensAreOptions() throws IOException {
        tokenize("The Fox\n\nthe", "--cased", "--no-special-tokens");
        assertEquals("1 7\n\n5\n", Files.readString(output));
    }

    @Test
    void withoutFilesTheStandardStreamsAreUsed() {
        InputStream standard = System.in;
        try {
            System.setIn(new ByteArrayInputStream("the fox\nfox\n".getBytes(StandardCharsets.UTF_8)));
            CliRun run = CliRun.of("tokenize", "--vocab", vocabulary.toString());
            assertEquals(0, run.code(), run.err());
            assertEquals("2 5 6 3\n2 6 3\n", run.out());
        } finally {
            System.setIn(standard);
        }
    }

    @Test
    void withJsonTheIdsLeaveStandardOutputToTheResult() throws IOException {
        Files.writeString(input, "the\n");
        JsonNode result = CliRun.json("tokenize", "--vocab", vocabulary.toString(), "--input", input.toString());
        assertEquals(3, result.get("tokens").asLong());
    }

    @Test
    void withFormatTextBytesThatAreNoUtf8AreDroppedAndNothingElse() throws IOException {
        Files.write(input, new byte[] {'f', (byte) 0xFF, 'o', (byte) 0xC3, 'x', '\n', 't', 'h', 'e', (byte) 0xE2});
        run("--format", "text");
        assertEquals("2 6 3\n2 5 3\n", Files.readString(output));
    }

    @Test
    void anEmptyInputHasNoLines() throws IOException {
        assertEquals(0, tokenize("").get("lines").asLong());
        assertEquals("", Files.readString(output));
    }

    @Test
    void longLinesAreTokenizedInPartsWithoutADifference() throws IOException {
        for (String text : new String[] {
            "the foxes. ".repeat(50_000),
            "fox".repeat(100_000) + " the fox",
            "x ".repeat(32_767) + "foxes. " + "the ".repeat(9)
        }) {
            JsonNode result = tokenize(text);
            String expected = Arrays.stream(
                            new BertTokenizer(Vocabulary.of(TOKENS), TokenizerConfig.uncased()).ids(text))
                    .mapToObj(Integer::toString)
                    .collect(Collectors.joining(" ", "2 ", " 3\n"));
            assertEquals(expected, Files.readString(output));
            assertEquals(1, result.get("lines").asLong());
        }
    }

    @Test
    void lineEndsAcrossReadsAreSeenOnce() throws IOException {
        // The reader's buffer is a power of two; so is one of these.
        for (int length = (1 << 16) - 3; length < (1 << 16) + 3; length++) {
            assertEquals(
                    2, tokenize("x".repeat(length) + "\r\nfox").get("lines").asLong());
        }
    }

    @Test
    void aFailureLeavesTheOldOutput() throws IOException {
        Files.writeString(output, "old");
        CliRun run = CliRun.of(
                "tokenize", "--vocab", vocabulary.toString(), "--input", "missing.txt", "--output", output.toString());
        assertEquals(1, run.code());
        assertEquals(1, run.errorLines().size(), run.err());
        assertTrue(run.err().contains("missing.txt"), run.err());
        assertEquals("old", Files.readString(output));
        try (var files = Files.list(directory)) {
            assertEquals(2, files.count(), "no temporary file is left");
        }
    }

    @Test
    void aWrongVocabularyIsAnErrorOfOneLine() throws IOException {
        Files.writeString(vocabulary, "fox\n");
        CliRun run = CliRun.of("tokenize", "--vocab", vocabulary.toString());
        assertEquals(1, run.code());
        assertTrue(run.errorLines().get(0).contains("[MASK]"), run.err());
        assertEquals(2, CliRun.of("tokenize").code());
    }

    private JsonNode tokenize(String text, String... options) throws IOException {
        Files.writeString(input, text);
        return run(options);
    }

    private JsonNode run(String... options) throws IOException {
        String[] arguments = {
            "tokenize", "--vocab", vocabulary.toString(), "--input", input.toString(), "--output", output.toString()
        };
        String[] all = Arrays.copyOf(arguments, arguments.length + options.length);
        System.arraycopy(options, 0, all, arguments.length, options.length);
        return CliRun.json(all);
    }
}
