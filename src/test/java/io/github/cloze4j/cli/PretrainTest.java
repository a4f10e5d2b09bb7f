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
import java.util.Map;
import java.util.Properties;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PretrainTest {
    private static final List<String> MODEL_FILES = List.of(
            "config.json",
            "model.safetensors",
            "vocab.txt",
            "tokenizer.json",
            "tokenizer_config.json",
            "README.md",
            "report.html");

    @TempDir
    Path root;

    private Path corpus;
    private Path output;

    @BeforeEach
    void writeCorpus() throws IOException {
        corpus = PretrainFixture.writeCorpus(root.resolve("corpus.txt"), 200);
        output = root.resolve("model");
    }

    private JsonNode pretrain(String... options) throws IOException {
        return CliRun.json(PretrainFixture.arguments(output, options));
    }

    private static List<String> names(JsonNode fields) {
        List<String> names = new ArrayList<>();
        fields.fieldNames().forEachRemaining(names::add);
        return names;
    }

    private static byte[] weights(Path model) throws IOException {
        return Files.readAllBytes(model.resolve("model.safetensors"));
    }

    private static List<String> checkpoints(Path model) throws IOException {
        try (Stream<Path> found = Files.list(model.resolve("checkpoints"))) {
            return found.map(path -> path.getFileName().toString()).sorted().toList();
        }
    }

    private static void delete(Path tree) throws IOException {
        try (Stream<Path> found = Files.walk(tree)) {
            for (Path path : found.sorted(java.util.Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }

    @Test
    void aCorpusBecomesAModelThatOtherCommandsRead() throws IOException {
        JsonNode fields = pretrain("--corpus=" + corpus, "--seq-len=16", "--steps=12");

        assertEquals(
                List.of(
                        "steps",
                        "tokens",
                        "seconds",
                        "tokens_per_second",
                        "train_loss",
                        "mlm_loss",
                        "accuracy",
                        "perplexity",
                        "masked_tokens",
                        "unknown_share"),
                names(fields));
        assertEquals(12, fields.get("steps").asLong());
        assertTrue(fields.get("tokens").asLong() > 0, fields.toString());
        assertTrue(fields.get("tokens_per_second").asDouble() > 0, fields.toString());
        for (String file : MODEL_FILES) {
            assertTrue(Files.size(output.resolve(file)) > 0, file);
        }
        assertEquals(List.of("step-12"), checkpoints(output));

        JsonNode predictions = CliRun.json("fill-mask", "--model", output.toString(), "the cat sees the [MASK] .");
        assertEquals(5, predictions.get("predictions").get(0).size());
    }

    @ParameterizedTest
    @ValueSource(strings = {"mlm-nsp", "mlm-sop"})
    void pairsOfSentencesAreLearntAndScored(String objective) throws IOException {
        Path sentences = PretrainFixture.writeSentences(root.resolve("sentences.txt"), 60);
        JsonNode fields = pretrain(
                "--corpus=" + sentences,
                "--blank-line-documents",
                "--objective=" + objective,
                "--seq-len=40",
                "--steps=4");

        assertTrue(fields.get("next_sentence_loss").asDouble() > 0, fields.toString());
        double accuracy = fields.get("next_sentence_accuracy").asDouble();
        assertTrue(accuracy >= 0 && accuracy <= 1, fields.toString());
        String loss = objective.substring("mlm-".length());
        String log = Files.readString(output.resolve("training.jsonl"));
        assertTrue(
                log.lines()
                                .filter(line -> line.contains("\"" + loss + "_accuracy\""))
                                .count()
                        >= 5,
                log);
        assertTrue(log.contains("\"objective\":\"" + objective + "\""), log);
        assertTrue(Files.readString(output.resolve("README.md")).contains("held-out " + loss + " accuracy"));
        JsonNode resumed = pretrain("--resume", "--steps=6");
        assertEquals(6, resumed.get("steps").asLong());
        assertTrue(resumed.has("next_sentence_accuracy"), resumed.toString());

        String[] evaluate = {"evaluate", "--model=" + output, "--corpus=" + sentences, "--blank-line-documents"};
        assertFalse(CliRun.json(evaluate).has("next_sentence_accuracy"));
        String[] withPairs = Arrays.copyOf(evaluate, evaluate.length + 1);
        withPairs[evaluate.length] = "--objective=" + objective;
        assertTrue(CliRun.json(withPairs).get("pairs").asLong() > 0);
        JsonNode predictions = CliRun.json("fill-mask", "--model", output.toString(), "the cat sees the [MASK] .");
        assertEquals(5, predictions.get("predictions").get(0).size());
    }

    @Test
    void pairsOfACorpusOfLinesAreRefusedBeforeAnythingIsMade() throws IOException {
        String[] arguments = PretrainFixture.arguments(output, "--corpus=" + corpus, "--objective=mlm-nsp");
        CliRun refused = CliRun.of(arguments);

        assertEquals(2, refused.code(), refused.err());
        assertTrue(refused.err().contains("--blank-line-documents"), refused.err());
        assertFalse(Files.exists(output));

        // Lines without a blank one between them are one document.
        CliRun single = CliRun.of(PretrainFixture.arguments(
                output, "--corpus=" + corpus, "--objective=mlm-nsp", "--blank-line-documents", "--seq-len=16"));
        assertEquals(1, single.code(), single.err());
        assertTrue(single.err().contains("at least two documents"), single.err());
        assertFalse(Files.exists(output));
    }

    @Test
    void aModelWithoutPairsIsNotScoredOnThem() throws IOException {
        Path sentences = PretrainFixture.writeSentences(root.resolve("sentences.txt"), 20);
        pretrain("--corpus=" + corpus, "--seq-len=16", "--steps=2");
        CliRun refused = CliRun.of(
                "evaluate",
                "--model=" + output,
                "--corpus=" + sentences,
                "--blank-line-documents",
                "--objective=mlm-sop",
                "--seq-len=16");
        assertEquals(1, refused.code(), refused.err());
        assertTrue(refused.err().contains("next-sentence head"), refused.err());
    }

    @Test
    void aGivenVocabularyIsTheModels() throws IOException {
        Path vocabulary = root.resolve("vocab.txt");
        CliRun.json("train-vocab", "--corpus", corpus.toString(), "--size", "50", "--output", vocabulary.toString());

        pretrain("--corpus=" + corpus, "--vocab=" + vocabulary, "--seq-len=16", "--steps=2");

        assertEquals(Files.readString(vocabulary), Files.readString(output.resolve("vocab.txt")));
    }

    @Test
    void aSecondRunIntoTheSameDirectoryIsRefusedAndChangesNothing() throws IOException {
        pretrain("--corpus=" + corpus, "--seq-len=16", "--steps=2");
        Map<String, String> before = PretrainFixture.contents(output);

        CliRun second = CliRun.of(PretrainFixture.arguments(output, "--corpus=" + corpus, "--seq-len=16", "--steps=3"));

        assertEquals(1, second.code(), second.err());
        assertEquals(1, second.err().lines().count(), second.err());
        assertTrue(second.err().contains(output.toString()), second.err());
        assertTrue(second.err().contains("--resume"), second.err());
        assertEquals(before, PretrainFixture.contents(output));
    }

    @Test
    void aDirectoryOfTheUsersIsNotTakenForTheRuns() throws IOException {
        Files.createDirectories(output.resolve("data"));
        Files.writeString(output.resolve("data").resolve("precious.txt"), "text");
        Map<String, String> before = PretrainFixture.contents(root);

        CliRun run = CliRun.of(PretrainFixture.arguments(output, "--corpus=" + corpus, "--steps=2"));

        assertEquals(1, run.code(), run.err());
        assertEquals(before, PretrainFixture.contents(root));
    }

    @Test
    void aResumedRunNeedsNoOptionButItsNewBudget() throws IOException {
        pretrain("--corpus=" + corpus, "--seq-len=16", "--steps=5", "--dropout=0.2", "--cased");
        Files.delete(corpus);

        JsonNode fields = CliRun.json("pretrain", "--output", output.toString(), "--resume", "--steps", "8");

        assertEquals(8, fields.get("steps").asLong());
        assertEquals(List.of("step-5", "step-8"), checkpoints(output));
        String config = Files.readString(output.resolve("config.json"));
        assertTrue(config.replace(" ", "").contains("\"hidden_dropout_prob\":0.2"), config);
        assertEquals("8", settings().getProperty("steps"));
    }

    @Test
    void aRunLimitedInTimeIsResumedWithABudgetInSteps() throws IOException {
        pretrain("--corpus=" + corpus, "--seq-len=16", "--time-limit=0.05s");
        long done = Long.parseLong(checkpoints(output).get(0).substring("step-".length()));

        JsonNode fields =
                CliRun.json("pretrain", "--output", output.toString(), "--resume", "--steps", Long.toString(done + 1));

        assertEquals(done + 1, fields.get("steps").asLong());
    }

    @Test
    void aRunThatLostItsLastStepsEndsAtTheSameBits() throws IOException {
        String[] options = {
            "--corpus=" + corpus, "--seq-len=16", "--steps=15", "--save-every=5", "--keep=3", "--accumulate=2"
        };
        pretrain(options);
        Path whole = output;
        output = root.resolve("interrupted");
        pretrain(options);
        // As a crash after the fifth step would have left it.
        delete(output.resolve("checkpoints/step-15"));
        delete(output.resolve("checkpoints/step-10"));
        Files.delete(output.resolve("model.safetensors"));

        CliRun resumed = CliRun.of("pretrain", "--output=" + output, "--resume");

        assertEquals(0, resumed.code(), resumed.err());
        assertTrue(resumed.out().contains("resumed after step 5"), resumed.out());
        assertArrayEquals(weights(whole), weights(output));
    }

    @Test
    void aRefusedResumeLeavesTheSettingsOfTheRun() throws IOException {
        pretrain("--corpus=" + corpus, "--seq-len=16", "--steps=2");
        Map<String, String> before = PretrainFixture.contents(output);

        CliRun refused = CliRun.of("pretrain", "--output=" + output, "--resume", "--steps=4", "--batch-size=8");

        assertEquals(1, refused.code(), refused.err());
        assertEquals(1, refused.errorLines().size(), refused.err());
        assertEquals(before, PretrainFixture.contents(output));
        assertEquals(
                4,
                CliRun.json("pretrain", "--output=" + output, "--resume", "--steps=4")
                        .get("steps")
                        .asLong());
    }

    @Test
    void aResumedRunKeepsItsText() throws IOException {
        Path more = PretrainFixture.writeCorpus(root.resolve("more.txt"), 20);
        pretrain("--corpus", corpus.toString(), more.toString(), "--seq-len=16", "--steps=2");
        Map<String, String> before = PretrainFixture.contents(output);

        String run = "--corpus " + corpus + " " + more;
        assertResumeRefused(2, run + ". Received: --corpus " + corpus + ".", "--corpus=" + corpus);
        assertResumeRefused(2, run, "--corpus", more.toString(), corpus.toString());
        assertResumeRefused(2, "no --validation. Received: --validation " + more, "--validation=" + more);
        assertResumeRefused(2, "--validation-fraction 0.1. Received", "--validation-fraction=0.2");
        assertResumeRefused(2, "--vocab-size 80. Received", "--vocab-size=90");
        assertResumeRefused(2, "--blank-line-documents true", "--blank-line-documents");
        assertEquals(before, PretrainFixture.contents(output));

        String[] same = {"pretrain", "--resume", "--output=" + output, "--steps=3", "--validation-fraction=0.10"};
        assertEquals(3, CliRun.json(same).get("steps").asLong());
        String[] again = {
            "pretrain", "--corpus", corpus.toString(), more.toString(), "--resume", "--output=" + output, "--steps=4"
        };
        assertEquals(4, CliRun.json(again).get("steps").asLong());
    }

    private void assertResumeRefused(int code, String words, String... options) {
        List<String> arguments = new ArrayList<>(List.of("pretrain", "--resume", "--output=" + output, "--steps=9"));
        arguments.addAll(List.of(options));
        CliRun refused = CliRun.of(arguments.toArray(String[]::new));
        assertEquals(code, refused.code(), refused.err());
        assertEquals(1, refused.errorLines().size(), refused.err());
        assertTrue(refused.errorLines().get(0).contains(words), refused.err());
    }

    @Test
    void aResumedRunGoesOnWithItsDocumentsOnly() throws IOException {
        pretrain("--corpus=" + corpus, "--seq-len=16", "--steps=2");
        String vocabulary = "--vocab=" + output.resolve("vocab.txt");
        Path shards = root.resolve("shards");
        String[] prepare = {"prepare", "--corpus=" + corpus, vocabulary, "--output=" + shards, ""};
        prepare[4] = "--validation-fraction=0.1";
        CliRun.json(prepare);
        Path moved = Files.move(shards, root.resolve("moved"));
        prepare[4] = "--validation-fraction=0.5";
        CliRun.json(prepare);
        Map<String, String> before = PretrainFixture.contents(output);

        assertResumeRefused(1, "Expected documents with checksum", "--data=" + shards, vocabulary);
        assertEquals(before, PretrainFixture.contents(output));
        String[] same = {"pretrain", "--resume", "--output=" + output, "--steps=3", "--data=" + moved, vocabulary};
        assertEquals(3, CliRun.json(same).get("steps").asLong());
    }

    @Test
    void theRunKnowsItsFilesFromEveryWorkingDirectory() throws IOException {
        Path here = Path.of("").toAbsolutePath();
        Path glob = here.relativize(root.toAbsolutePath()).resolve("*.txt");
        pretrain("--corpus=" + glob, "--validation=" + here.relativize(corpus), "--seq-len=16", "--steps=1");
        assertEquals(here.resolve(glob).toString(), settings().getProperty("corpus"));
        assertEquals(
                here.resolve(here.relativize(corpus)).toString(), settings().getProperty("validation"));
        Path vocabulary = here.relativize(output.resolve("vocab.txt"));
        Path shards = here.relativize(output.resolve("data"));

        output = root.resolve("prepared");
        pretrain("--data=" + shards, "--vocab=" + vocabulary, "--seq-len=16", "--steps=1");

        assertEquals(here.resolve(shards).toString(), settings().getProperty("data"));
        assertEquals(here.resolve(vocabulary).toString(), settings().getProperty("vocab"));
    }

    @Test
    void theCommandLineComesBeforeTheFileOfOptions() throws IOException {
        Path config = Files.writeString(
                root.resolve("options.properties"),
                "# a run\ncorpus=" + corpus + "\nsteps=3\nseq-len=16\nlr=0.002\ncased=true\n");

        JsonNode fields = pretrain("--config=" + config, "--steps=2", "--cased");

        assertEquals(2, fields.get("steps").asLong());
        Properties settings = settings();
        assertEquals("0.002", settings.getProperty("lr"));
        assertEquals("16", settings.getProperty("seq-len"));
        assertEquals("true", settings.getProperty("cased"), "a flag that both give stays on");
    }

    @Test
    void theChoicesOfARecipeReachTheCardTheLogAndTheResumedRun() throws IOException {
        Path recipe = Files.writeString(root.resolve("google.properties"), """
                masking=google
                optimizer=bert
                schedule=linear-google
                initialization=truncated-normal
                beta2=0.999
                epsilon=1e-7
                mask-replace-probability=0.9
                random-replace-probability=0.05
                """);
        pretrain("--config=" + recipe, "--corpus=" + corpus, "--seq-len=16", "--steps=2");

        String card = Files.readString(output.resolve("README.md"));
        for (String row : List.of(
                "| masking | google |",
                "| optimizer | bert |",
                "| schedule | linear-google |",
                "| initialization | truncated-normal |",
                "| epsilon | 1.0E-7 |",
                "| mask replace probability | 0.9 |",
                "| random replace probability | 0.05 |")) {
            assertTrue(card.contains(row), row + " in " + card);
        }
        CliRun refused = CliRun.of("pretrain", "--output=" + output, "--resume", "--steps=3", "--masking=hf");
        assertEquals(1, refused.code(), refused.err());
        assertTrue(refused.err().contains("masking google"), refused.err());

        CliRun.json("pretrain", "--output=" + output, "--resume", "--steps=3");
        assertEquals("bert", settings().getProperty("optimizer"));
        assertEquals("google", settings().getProperty("masking"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"token", "google", "hf", "whole-word", "chinese-whole-word", "n-gram", "span"})
    void everyMaskingTrains(String masking) throws IOException {
        JsonNode fields = pretrain("--corpus=" + corpus, "--seq-len=16", "--steps=2", "--masking=" + masking);

        assertEquals(2, fields.get("steps").asLong());
        assertEquals(masking, settings().getProperty("masking"));
    }

    @Test
    void anUnknownKeyInTheFileIsWrongUsage() throws IOException {
        Path config = Files.writeString(root.resolve("options.properties"), "learning-rate=0.1\nsteps=2\n");

        CliRun run = CliRun.of(PretrainFixture.arguments(output, "--corpus=" + corpus, "--config=" + config));

        assertEquals(2, run.code(), run.err());
        assertEquals(1, run.errorLines().size(), run.err());
        assertTrue(run.errorLines().get(0).contains("learning-rate"), run.err());
        assertFalse(Files.exists(output));
    }

    @Test
    void aMissingFileOfOptionsIsALine() {
        CliRun run = CliRun.of(PretrainFixture.arguments(output, "--config=" + root.resolve("absent")));

        assertEquals(1, run.code(), run.err());
        assertEquals(1, run.err().lines().count(), run.err());
        assertTrue(run.err().contains("absent"), run.err());
    }

    @Test
    void preparedDataGivesTheModelThatTheCorpusGives() throws IOException {
        pretrain("--corpus=" + corpus, "--seq-len=16", "--steps=4");
        Path fromText = output;
        Path vocabulary = fromText.resolve("vocab.txt");
        Path shards = root.resolve("shards");
        CliRun.json(
                "prepare",
                "--corpus=" + corpus,
                "--vocab=" + vocabulary,
                "--output=" + shards,
                "--validation-fraction=0.1");
        output = root.resolve("from-shards");

        pretrain("--data=" + shards, "--vocab=" + vocabulary, "--seq-len=16", "--steps=4");

        assertArrayEquals(weights(fromText), weights(output));
    }

    @Test
    void preparedDataBringsTheConfigurationOfItsTokenizer() throws IOException {
        pretrain("--corpus=" + corpus, "--seq-len=16", "--steps=1", "--cased");
        Path fromText = output;
        Path vocabulary = fromText.resolve("vocab.txt");
        Path shards = root.resolve("shards");
        CliRun.json("prepare", "--corpus=" + corpus, "--vocab=" + vocabulary, "--output=" + shards, "--cased");
        output = root.resolve("from-shards");

        pretrain("--data=" + shards, "--vocab=" + vocabulary, "--seq-len=16", "--steps=1");

        assertEquals(
                Files.readString(fromText.resolve("tokenizer_config.json")),
                Files.readString(output.resolve("tokenizer_config.json")));
        CliRun.json("prepare", "--corpus=" + corpus, "--vocab=" + vocabulary, "--output=" + shards);
        CliRun refused = CliRun.of(PretrainFixture.arguments(
                root.resolve("other"), "--data=" + shards, "--vocab=" + vocabulary, "--steps=1", "--cased"));
        assertEquals(1, refused.code(), refused.err());
        assertTrue(refused.err().contains("has do_lower_case false"), refused.err());
        assertResumeRefused(1, "Expected documents with checksum");
    }

    @Test
    void evaluateScoresAsPretrainDid() throws IOException {
        Path heldOut = PretrainFixture.writeCorpus(root.resolve("held-out.txt"), 40);
        JsonNode trained = pretrain("--corpus=" + corpus, "--validation=" + heldOut, "--steps=2");

        JsonNode scored = CliRun.json("evaluate", "--model", output.toString(), "--corpus", heldOut.toString());

        assertEquals(List.of("mlm_loss", "accuracy", "perplexity", "masked_tokens", "unknown_share"), names(scored));
        assertEquals(trained.get("mlm_loss"), scored.get("mlm_loss"));
        assertEquals(trained.get("accuracy"), scored.get("accuracy"));
        assertEquals(
                Math.exp(scored.get("mlm_loss").asDouble()),
                scored.get("perplexity").asDouble(),
                1e-9 * scored.get("perplexity").asDouble());
        assertTrue(scored.get("masked_tokens").asLong() > 0, scored.toString());
    }

    @Test
    void withoutTextHeldOutTheFieldsAreNull() throws IOException {
        JsonNode fields = CliRun.json(
                "pretrain",
                "--corpus=" + corpus,
                "--output=" + output,
                "--hidden=16",
                "--steps=1",
                "--seq-len=16",
                "--validation-fraction=0");

        assertTrue(fields.get("mlm_loss").isNull(), fields.toString());
        assertTrue(fields.get("accuracy").isNull(), fields.toString());
        assertTrue(fields.get("perplexity").isNull(), fields.toString());
        assertTrue(fields.get("masked_tokens").isNull(), fields.toString());
    }

    @Test
    void benchmarkTimesSteps() throws IOException {
        JsonNode fields = CliRun.json(
                "benchmark",
                "--layers=1",
                "--hidden=16",
                "--heads=2",
                "--seq-len=16",
                "--batch-size=2",
                "--vocab-size=50",
                "--steps=2");

        assertEquals(
                List.of(
                        "step_ms_median",
                        "tokens_per_second",
                        "gflop_per_step",
                        "model_tflops",
                        "gemm_peak_gflops",
                        "gemm_fraction",
                        "first_step_seconds",
                        "peak_rss_mb"),
                names(fields));
        fields.forEach(value -> assertTrue(value.asDouble() > 0, fields.toString()));
    }

    @Test
    void peopleReadTheResultOnStandardOutput() {
        CliRun run = CliRun.of(PretrainFixture.arguments(
                output, "--corpus=" + corpus, "--seq-len=16", "--steps=2", "--evaluations=0"));

        assertEquals(0, run.code(), run.err());
        assertEquals(1, run.err().lines().count(), "only that the held-out text has few masked tokens: " + run.err());
        assertTrue(run.err().startsWith("warning: the score rests on "), run.err());
        // Each figure once.
        for (String figure : List.of("held-out mlm loss", "mlm loss", "accuracy", "tokens/s", "training loss")) {
            assertEquals(2, run.out().split(figure, -1).length, figure + " in " + run.out());
        }
    }

    private Properties settings() throws IOException {
        Properties settings = new Properties();
        try (var reader = Files.newBufferedReader(output.resolve("pretrain.properties"))) {
            settings.load(reader);
        }
        return settings;
    }
}
