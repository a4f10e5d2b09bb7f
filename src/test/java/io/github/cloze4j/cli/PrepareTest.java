package io.github.cloze4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.cloze4j.data.shards.TokenShards;
import io.github.cloze4j.data.shards.TokenizerIdentity;
import io.github.cloze4j.tokenizer.BertTokenizer;
import io.github.cloze4j.tokenizer.TokenizerConfig;
import io.github.cloze4j.tokenizer.Vocabulary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PrepareTest {
    @TempDir
    Path root;

    private String vocabulary;
    private String corpus;
    private Path output;

    @BeforeEach
    void writeInput() throws IOException {
        vocabulary = Files.writeString(root.resolve("vocab.txt"), "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\nb\nc\nA\n")
                .toString();
        corpus = Files.writeString(root.resolve("corpus.txt"), "a b\nc\n\nA zebra\n")
                .toString();
        output = root.resolve("output");
    }

    private static List<String> documents(Path directory) {
        List<String> documents = new ArrayList<>();
        try (TokenShards shards = TokenShards.open(directory)) {
            for (long d = 0; d < shards.count(); d++) {
                int[] ids = new int[shards.length(d)];
                shards.copy(d, 0, ids, 0, ids.length);
                documents.add(Arrays.toString(ids));
            }
        }
        return documents;
    }

    private String[] arguments(String... more) {
        List<String> arguments = new ArrayList<>(
                List.of("prepare", "--corpus", corpus, "--vocab", vocabulary, "--output", output.toString()));
        arguments.addAll(List.of(more));
        return arguments.toArray(String[]::new);
    }

    @Test
    void aCorpusBecomesTokenShards() throws IOException {
        JsonNode fields = CliRun.json(arguments("--validation-fraction", "0", "--threads", "2"));

        assertEquals(3, fields.get("documents").asLong());
        assertEquals(5, fields.get("tokens").asLong());
        assertTrue(fields.get("seconds").asDouble() > 0);
        assertEquals(0.2, fields.get("unknown_share").asDouble(), "zebra of five");
        assertEquals(4, fields.size());
        assertEquals(List.of("[5, 6]", "[7]", "[5, 1]"), documents(output.resolve("train")));
        assertEquals(List.of(), documents(output.resolve("validation")));
        try (TokenShards shards = TokenShards.open(output.resolve("train"))) {
            BertTokenizer uncased = new BertTokenizer(Vocabulary.read(Path.of(vocabulary)), TokenizerConfig.uncased());
            assertEquals(TokenizerIdentity.of(uncased), shards.tokenizer());
        }
    }

    @Test
    void caseIsKeptAndBlankLinesSeparateDocumentsWhereAskedFor() throws IOException {
        JsonNode fields = CliRun.json(arguments("--validation-fraction", "0", "--cased", "--blank-line-documents"));

        assertEquals(2, fields.get("documents").asLong());
        assertEquals(List.of("[5, 6, 7]", "[8, 1]"), documents(output.resolve("train")));
        try (TokenShards shards = TokenShards.open(output.resolve("train"))) {
            assertEquals(TokenizerConfig.cased(), shards.tokenizer().config());
        }
    }

    @Test
    void documentsGoToBothSides() throws IOException {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 400; i++) {
            text.append("a ".repeat(1 + i)).append('\n');
        }
        Files.writeString(Path.of(corpus), text);
        JsonNode fields = CliRun.json(arguments("--validation-fraction", "0.25"));

        int training = documents(output.resolve("train")).size();
        int validation = documents(output.resolve("validation")).size();
        assertEquals(fields.get("documents").asInt(), training + validation);
        assertEquals(100, validation, 45);
    }

    @Test
    void failuresAreOneLineAndLeaveNothing() throws IOException {
        CliRun absent = CliRun.of("prepare", "--corpus", corpus, "--vocab", root + "/absent", "--output", output + "");
        assertEquals(1, absent.code());
        assertEquals(1, absent.errorLines().size(), absent.err());

        assertEquals(
                2,
                CliRun.of("prepare", "--vocab", vocabulary, "--output", output.toString())
                        .code());
        assertEquals(2, CliRun.of(arguments("--validation-fraction", "1")).code());
        assertEquals(2, CliRun.of(arguments("--threads", "0")).code());

        Files.writeString(Path.of(corpus), "\n \n");
        CliRun blank = CliRun.of(arguments());
        assertEquals(1, blank.code());
        assertEquals(1, blank.errorLines().size(), blank.err());
        assertFalse(Files.exists(output));
    }
}
