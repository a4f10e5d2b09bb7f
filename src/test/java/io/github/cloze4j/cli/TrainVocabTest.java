package io.github.cloze4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TrainVocabTest {
    private static final List<String> SPECIAL_TOKENS = List.of("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]");

    @TempDir
    Path directory;

    private Path corpus;
    private Path output;

    @BeforeEach
    void writeCorpus() throws IOException {
        corpus = Files.writeString(directory.resolve("corpus.txt"), "Ab ab Cab\nab cab\n");
        output = directory.resolve("vocab.txt");
    }

    private CliRun train(String... options) {
        Stream<String> fixed = Stream.of("train-vocab", "--output", output.toString());
        return CliRun.of(Stream.concat(fixed, Stream.of(options)).toArray(String[]::new));
    }

    private void assertNothingLeftBehind(String... names) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            assertEquals(
                    List.of(names),
                    files.map(file -> file.getFileName().toString()).sorted().toList());
        }
    }

    @Test
    void writesAVocabularyAndReportsItsSize() throws IOException {
        JsonNode fields = CliRun.json(
                "train-vocab", "--corpus", corpus.toString(), "--size", "100", "--output", output.toString());

        // Three times ab, twice c ##a ##b: (##a, ##b) occurs twice, and so does (c, ##ab) after it.
        List<String> learnt = List.of("a", "b", "c", "##a", "##b", "ab", "##ab", "cab");
        assertEquals(Stream.concat(SPECIAL_TOKENS.stream(), learnt.stream()).toList(), Files.readAllLines(output));
        assertEquals(SPECIAL_TOKENS.size() + learnt.size(), fields.get("size").asInt());
        assertTrue(fields.get("seconds").asDouble() > 0, fields.toString());
        assertEquals(2, fields.size(), fields.toString());
    }

    @Test
    void casedKeepsCapitals() throws IOException {
        assertEquals(
                0,
                train("--corpus", corpus.toString(), "--size", "100", "--cased").code());

        List<String> tokens = Files.readAllLines(output);
        assertTrue(tokens.contains("A") && tokens.contains("C"), tokens.toString());
    }

    @Test
    void minimumFrequencyIsHeeded() throws IOException {
        assertEquals(
                0,
                train("--corpus", corpus.toString(), "--size", "100", "--min-frequency", "3")
                        .code());

        List<String> tokens = Files.readAllLines(output);
        assertEquals("ab", tokens.get(tokens.size() - 1), tokens.toString());
    }

    @Test
    void severalPathsMayFollowOneOption() throws IOException {
        Path more = Files.writeString(directory.resolve("more.txt"), "xyz");
        assertEquals(
                0,
                train("--corpus", corpus.toString(), more.toString(), "--size", "100")
                        .code());

        assertTrue(Files.readAllLines(output).contains("x"));
    }

    @Test
    void withoutACorpusItLearnsFromTheQuickstartCorpus() throws IOException {
        assertEquals(0, train("--size", "300").code());

        List<String> tokens = Files.readAllLines(output);
        assertEquals(300, tokens.size());
        assertTrue(tokens.contains("the"), tokens.toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "--size 5", "--size many", "--size 100 --min-frequency 0", "--size 100 --threads 0"})
    void wrongUsageIsCodeTwoAndWritesNothing(String options) throws IOException {
        CliRun run = train(("--corpus " + corpus + " " + options).trim().split(" "));

        assertEquals(2, run.code(), run.err());
        assertEquals(1, run.errorLines().size(), run.err());
        assertNothingLeftBehind("corpus.txt");
    }

    @Test
    void aMissingCorpusIsOneLineCodeOneAndKeepsTheOldVocabulary() throws IOException {
        Files.writeString(output, "old");
        CliRun run = train("--corpus", directory.resolve("absent.txt").toString(), "--size", "100");

        assertFailed(run);
        assertTrue(run.err().contains("absent.txt"), run.err());
        assertNothingLeftBehind("corpus.txt", "vocab.txt");
    }

    @Test
    void aCorpusWithoutTextKeepsTheOldVocabulary() throws IOException {
        Files.writeString(output, "old");
        Files.writeString(corpus, " \n\u0000\n");

        assertFailed(train("--corpus", corpus.toString(), "--size", "100"));
        assertNothingLeftBehind("corpus.txt", "vocab.txt");
    }

    private void assertFailed(CliRun run) throws IOException {
        assertEquals(1, run.code(), run.err());
        assertEquals(1, run.errorLines().size(), run.err());
        assertEquals("", run.out().replaceAll("learning .*\\R", ""));
        assertEquals("old", Files.readString(output));
    }

    @Test
    void anOutputThatCannotBeWrittenIsRefusedBeforeTheTextIsRead() throws Exception {
        Path pipe = directory.resolve("pipe");
        assertEquals(0, new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor());
        for (Path refused : List.of(directory.resolve("absent").resolve("vocab.txt"), directory, pipe)) {
            output = refused;
            CliRun run = train("--corpus", corpus.toString(), "--size", "100");

            assertEquals(1, run.code(), run.err());
            assertEquals("", run.out());
            assertEquals(1, run.errorLines().size(), run.err());
            assertTrue(run.err().contains(refused + ": Expected to write the file"), run.err());
        }
        assertTrue(Files.readAttributes(pipe, BasicFileAttributes.class).isOther());
        assertNothingLeftBehind("corpus.txt", "pipe");
    }

    @Test
    void anOutputThatIsALinkStaysALink() throws IOException {
        Path file = Files.writeString(directory.resolve("linked.txt"), "old");
        Files.createSymbolicLink(output, file);

        assertEquals(0, train("--corpus", corpus.toString(), "--size", "100").code());
        assertTrue(Files.isSymbolicLink(output));
        assertTrue(Files.readAllLines(file).contains("ab"));
    }
}
