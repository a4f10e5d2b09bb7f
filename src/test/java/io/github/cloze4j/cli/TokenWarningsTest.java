package io.github.cloze4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Unknown tokens and few masked tokens are counted and said, by every command whose result they spoil. */
class TokenWarningsTest {
    /** Half of the words are unknown to the vocabulary of the other half. */
    private static final String TEXT = "the cat 猫 犬\n".repeat(60);

    @TempDir
    Path directory;

    private static List<String> warnings(CliRun run) {
        return run.err().lines().filter(line -> line.startsWith("warning: ")).toList();
    }

    @Test
    void theShareOfUnknownTokensIsSaidByAllCommands() throws IOException {
        Path english = Files.writeString(directory.resolve("english.txt"), "the cat the dog\n".repeat(60));
        Path mixed = Files.writeString(directory.resolve("mixed.txt"), TEXT);
        String vocabulary = Files.writeString(
                        directory.resolve("vocab.txt"), "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nthe\ncat\ndog\n")
                .toString();
        String data = directory.resolve("data").toString();
        String[] prepare = {"prepare", "--corpus", mixed + "", "--vocab", vocabulary, "--output", data};
        assertEquals(0.5, CliRun.json(prepare).get("unknown_share").asDouble());
        CliRun prepared = CliRun.of(prepare);
        assertTrue(prepared.out().contains("50.00 % of the tokens unknown"), prepared.out());
        assertEquals(1, warnings(prepared).size(), prepared.err());

        Path output = directory.resolve("output");
        String[] shape = {"--steps=1", "--seq-len=16", "--batch-size=2", "--vocab=" + vocabulary, "--data=" + data};
        JsonNode trained = CliRun.json(PretrainFixture.arguments(output, shape));
        assertEquals(0.5, trained.get("unknown_share").asDouble());
        assertTrue(trained.has("masked_tokens"), trained.toString());
        for (String page : List.of("README.md", "report.html")) {
            String text = Files.readString(output.resolve(page));
            assertTrue(text.contains("unknown tokens") && text.contains("50.00 %"), page);
        }
        CliRun further = CliRun.of(PretrainFixture.arguments(
                directory.resolve("further"),
                "--steps=1",
                "--seq-len=16",
                "--batch-size=2",
                "--vocab=" + vocabulary,
                "--corpus=" + mixed));
        assertTrue(further.out().contains("unknown tokens: 50.00 %"), further.out());
        assertTrue(warnings(further).get(0).contains("50.00 % of the tokens are unknown"), further.err());

        String[] evaluate = {"evaluate", "--model=" + output, "--seq-len=16", "--corpus=" + mixed};
        JsonNode scored = CliRun.json(evaluate);
        assertEquals(0.5, scored.get("unknown_share").asDouble());
        long masked = scored.get("masked_tokens").asLong();
        assertTrue(masked > 0 && masked < TokenWarnings.FEWEST_SCORED);
        List<String> said = warnings(CliRun.of(evaluate));
        assertEquals(2, said.size(), said.toString());
        assertTrue(said.get(1).contains("rests on " + masked + " predicted tokens"), said.toString());

        evaluate[3] = "--corpus=" + english;
        assertEquals(0, CliRun.json(evaluate).get("unknown_share").asDouble());
        assertEquals(1, warnings(CliRun.of(evaluate)).size(), "only that the masked tokens are few");
    }

    @Test
    void manyMaskedTokensAndFewUnknownOnesAreNoWarning() throws IOException {
        Path corpus = Files.writeString(directory.resolve("corpus.txt"), "the cat sees the dog\n".repeat(2000));
        Path output = directory.resolve("output");
        CliRun run = CliRun.of(PretrainFixture.arguments(
                output, "--steps=1", "--seq-len=16", "--batch-size=8", "--corpus=" + corpus, "--validation=" + corpus));
        assertEquals(0, run.code(), run.err());
        assertEquals(List.of(), warnings(run));
        assertFalse(run.err().contains("unknown"), run.err());
    }

    @Test
    void warningsOfTheLibraryLookLikeThoseOfTheCommandLineAndAreSaidOnce() throws Exception {
        Path vocabulary = Files.writeString(
                directory.resolve("vocab.txt"), "\uFEFF[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nthe\ncat\n##s\n");
        Path corpus = Files.writeString(directory.resolve("corpus.txt"), "the cats\n".repeat(60));
        ChildRun run = new ChildRun.Command()
                .run(
                        directory,
                        PretrainFixture.arguments(
                                directory.resolve("output"),
                                "--steps=1",
                                "--seq-len=16",
                                "--batch-size=2",
                                "--vocab=" + vocabulary,
                                "--corpus=" + corpus));
        assertEquals(0, run.code(), run.err());
        List<String> said = run.err()
                .lines()
                .filter(line -> line.contains("byte order mark"))
                .toList();
        assertEquals(1, said.size(), run.err());
        assertTrue(said.get(0).startsWith("warning: " + vocabulary), run.err());
    }
}
