package io.github.cloze4j.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PretrainTest {
    private static final String SHAPE = "--layers 1 --hidden 16 --heads 2 --seq-len 24 --batch-size 4 --vocab-size 90";

    @TempDir
    private Path directory;

    private Path corpus;
    private Path output;

    @BeforeEach
    void writeCorpus() throws IOException {
        String[] words = "the quick brown fox jumps over a lazy dog while small birds sing in green trees".split(" ");
        List<String> lines = IntStream.range(0, 300)
                .mapToObj(line -> IntStream.range(0, 4 + line % 9)
                        .mapToObj(word -> words[(line * 7 + word * word) % words.length])
                        .collect(Collectors.joining(" ")))
                .toList();
        corpus = Files.write(directory.resolve("corpus.txt"), lines);
        output = directory.resolve("model");
    }

    private String[] arguments(String options) {
        List<String> all = new ArrayList<>(List.of("pretrain", "--output", output.toString()));
        all.addAll(Arrays.asList(options.replace("CORPUS", corpus.toString()).split(" +")));
        return all.toArray(String[]::new);
    }

    private List<String> files() throws IOException {
        try (Stream<Path> found = Files.list(output)) {
            return found.map(path -> path.getFileName().toString()).sorted().toList();
        }
    }

    private static List<String> names(JsonNode fields) {
        List<String> names = new ArrayList<>();
        fields.fieldNames().forEachRemaining(names::add);
        return names;
    }

    @Test
    void aCorpusBecomesAModelThatIsEvaluatedAndAsked() throws IOException {
        JsonNode trained = CliRun.json(arguments(SHAPE + " --corpus CORPUS --validation CORPUS --steps 5"));

        assertEquals(
                List.of("steps", "tokens", "seconds", "tokens_per_second", "train_loss", "mlm_loss", "accuracy"),
                names(trained));
        assertEquals(5, trained.get("steps").asInt());
        assertTrue(
                files().containsAll(List.of(
                        "README.md",
                        "checkpoints",
                        "config.json",
                        "data",
                        "model.safetensors",
                        "pretrain.properties",
                        "report.html",
                        "tensorboard",
                        "tokenizer.json",
                        "tokenizer_config.json",
                        "training.jsonl",
                        "vocab.txt")),
                files().toString());

        JsonNode evaluated = CliRun.json(
                "evaluate",
                "--model",
                output.toString(),
                "--corpus",
                corpus.toString(),
                "--seq-len",
                "24",
                "--batch-size",
                "4");
        assertEquals(List.of("mlm_loss", "accuracy", "perplexity", "masked_tokens"), names(evaluated));
        assertEquals(
                trained.get("mlm_loss").asDouble(), evaluated.get("mlm_loss").asDouble(), 1e-6);

        JsonNode filled = CliRun.json("fill-mask", "--model", output.toString(), "the quick [MASK] fox");
        assertEquals(5, filled.get("predictions").get(0).size());
    }

    @Test
    void aSecondRunIntoTheSameDirectoryIsRefusedAndChangesNothing() throws IOException {
        CliRun.json(arguments(SHAPE + " --corpus CORPUS --steps 2"));
        byte[] before = Files.readAllBytes(output.resolve("model.safetensors"));

        CliRun again = CliRun.of(arguments(SHAPE + " --corpus CORPUS --steps 2"));

        assertEquals(1, again.code());
        assertTrue(again.err().contains("--resume"), again.err());
        assertArrayEquals(before, Files.readAllBytes(output.resolve("model.safetensors")));
    }

    @Test
    void aResumedRunNeedsNoOptionsAndIsTheUninterruptedOne() throws IOException {
        CliRun.json(arguments(SHAPE + " --corpus CORPUS --steps 8 --schedule constant --threads 1"));
        byte[] whole = Files.readAllBytes(output.resolve("model.safetensors"));

        output = directory.resolve("resumed");
        CliRun.json(arguments(SHAPE + " --corpus CORPUS --steps 3 --schedule constant --threads 1 --warmup 0.16"));
        JsonNode resumed = CliRun.json(arguments("--resume --steps 8 --warmup 0.06"));

        assertEquals(8, resumed.get("steps").asInt());
        assertArrayEquals(whole, Files.readAllBytes(output.resolve("model.safetensors")));
    }

    @Test
    void settingsComeFromAFileAndTheCommandLineComesFirst() throws IOException {
        Path config = Files.writeString(directory.resolve("run.properties"), "steps=4\nlayers=1\nhidden=16\nheads=2\n");
        JsonNode trained = CliRun.json(arguments(
                "--config " + config + " --corpus CORPUS --steps 2 --seq-len 16 --batch-size 2 --vocab-size 90"));

        assertEquals(2, trained.get("steps").asInt());
        assertTrue(Files.readString(output.resolve("config.json")).contains("\"hidden_size\" : 16"));

        Files.writeString(config, "no-such-option=1\n");
        output = directory.resolve("other");
        CliRun wrong = CliRun.of(arguments("--config " + config + " --corpus CORPUS"));
        assertEquals(2, wrong.code(), wrong.err());
        assertTrue(wrong.err().contains("no-such-option"), wrong.err());
    }

    @Test
    void preparedDataGoesWithItsVocabulary() throws IOException {
        Path vocabulary = directory.resolve("vocab.txt");
        Path data = directory.resolve("data");
        CliRun.json("train-vocab", "--corpus", corpus.toString(), "--size", "90", "--output", vocabulary.toString());
        CliRun.json(
                "prepare",
                "--corpus",
                corpus.toString(),
                "--vocab",
                vocabulary.toString(),
                "--output",
                data.toString(),
                "--validation-fraction",
                "0.2");
        String options = "--data " + data + " --layers 1 --hidden 16 --heads 2 --seq-len 24 --batch-size 4 --steps 2";

        assertTrue(CliRun.json(arguments(options + " --vocab " + vocabulary)).has("mlm_loss"));

        Path other = directory.resolve("other.txt");
        CliRun.json("train-vocab", "--corpus", corpus.toString(), "--size", "60", "--output", other.toString());
        output = directory.resolve("refused");
        CliRun refused = CliRun.of(arguments(options + " --vocab " + other));
        assertEquals(1, refused.code(), refused.err());
        assertEquals(1, refused.errorLines().size(), refused.err());
        assertFalse(Files.exists(output));
    }

    @ParameterizedTest
    @CsvSource({
        "1, --corpus MISSING, does not exist",
        "1, --corpus EMPTY, document",
        "1, --corpus CORPUS --vocab NOMASK, [MASK]",
        "2, --corpus CORPUS --seq-len 513, max_position_embeddings",
        "2, --corpus CORPUS --hidden 30 --heads 4, heads",
        "2, --corpus CORPUS --no-such-option, --no-such-option",
        "1, --corpus CORPUS --kernels no-such-kernels, no-such-kernels",
        "1, --corpus CORPUS --kernels cuda, cuda",
        "2, --corpus CORPUS --steps 5 --time-limit 5s, both",
        "2, --corpus CORPUS --data EMPTY, both",
        "2, --corpus CORPUS --lr -1, learning rate",
        "2, --corpus CORPUS --masking letters, letters",
        "2, --corpus CORPUS --time-limit 5 parsecs, time",
    })
    void badInputIsOneLineAndLeavesNothingBehind(int code, String options, String named) throws IOException {
        Path empty = Files.writeString(directory.resolve("empty.txt"), " \n\n");
        Path noMask = Files.writeString(directory.resolve("nomask.txt"), "[PAD]\n[UNK]\n[CLS]\n[SEP]\nthe\n");
        CliRun run = CliRun.of(arguments(options.replace("MISSING", directory + "/absent.txt")
                .replace("EMPTY", empty.toString())
                .replace("NOMASK", noMask.toString())));

        assertEquals(code, run.code(), run.err());
        assertEquals(1, run.errorLines().size(), run.err());
        assertTrue(run.errorLines().get(0).contains(named), run.err());
        assertTrue(run.errorLines().get(0).matches("(?i).*expected.*received.*"), run.err());
        assertFalse(Files.exists(output), "an output directory was left behind");
    }

    @Test
    void aDamagedModelIsOneLine() throws IOException {
        CliRun.json(arguments(SHAPE + " --corpus CORPUS --steps 1"));
        Path weights = output.resolve("model.safetensors");
        Files.write(weights, Arrays.copyOf(Files.readAllBytes(weights), 1000));

        for (String[] command : List.of(
                new String[] {"evaluate", "--model", output.toString(), "--corpus", corpus.toString()},
                new String[] {"fill-mask", "--model", output.toString(), "the [MASK]"})) {
            CliRun run = CliRun.of(command);
            assertEquals(1, run.code(), run.err());
            assertEquals(1, run.errorLines().size(), run.err());
        }
    }

    @Test
    void benchmarkNamesItsFigures() throws IOException {
        JsonNode fields = CliRun.json(
                "benchmark",
                "--layers",
                "1",
                "--hidden",
                "16",
                "--heads",
                "2",
                "--seq-len",
                "16",
                "--batch-size",
                "2",
                "--vocab-size",
                "100",
                "--steps",
                "3");

        assertEquals(
                List.of(
                        "step_ms_median",
                        "tokens_per_second",
                        "gflop_per_step",
                        "gemm_peak_gflops",
                        "gemm_fraction",
                        "peak_rss_mb"),
                names(fields));
        fields.forEach(value -> assertTrue(value.asDouble() > 0, fields.toString()));
    }
}
