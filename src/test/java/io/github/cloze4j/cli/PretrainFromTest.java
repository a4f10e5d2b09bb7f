package io.github.cloze4j.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.cloze4j.files.FileTrees;
import io.github.cloze4j.pretrained.PretrainedFixture;
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

/** {@code pretrain --from}: a model that exists is trained further. */
class PretrainFromTest {
    @TempDir
    Path root;

    private Path corpus;
    private Path source;
    private Path output;

    @BeforeEach
    void writeInput() throws IOException {
        corpus = PretrainFixture.writeCorpus(root.resolve("corpus.txt"), 200);
        source = PretrainedFixture.copy(root);
        output = root.resolve("further");
    }

    private String[] from(Path model, String... more) {
        List<String> arguments = new ArrayList<>(
                List.of("pretrain", "--from=" + model, "--output=" + output, "--corpus=" + corpus, "--seq-len=16"));
        arguments.addAll(List.of(more));
        return arguments.toArray(String[]::new);
    }

    /** A model of our own that has learned something. */
    private Path train(String... more) throws IOException {
        Path trained = root.resolve("trained");
        List<String> options = new ArrayList<>(List.of("--corpus=" + corpus, "--seq-len=16", "--lr=0.01"));
        options.addAll(List.of(more));
        CliRun.json(PretrainFixture.arguments(trained, options.toArray(String[]::new)));
        return trained;
    }

    private static byte[] weights(Path model) throws IOException {
        return Files.readAllBytes(model.resolve("model.safetensors"));
    }

    private JsonNode configuration() throws IOException {
        return new ObjectMapper().readTree(output.resolve("config.json").toFile());
    }

    private void assertRefused(int code, String[] arguments, String... words) throws IOException {
        Map<String, String> before = PretrainFixture.contents(root);

        CliRun run = CliRun.of(arguments);

        assertEquals(code, run.code(), run.err());
        assertEquals(1, run.errorLines().size(), run.err());
        for (String word : words) {
            assertTrue(run.errorLines().get(0).contains(word), run.err());
        }
        assertEquals(before, PretrainFixture.contents(root));
    }

    @Test
    void theObjectiveOfAModelMayChange() throws IOException {
        corpus = PretrainFixture.writeSentences(root.resolve("sentences.txt"), 80);
        String[] pairs = {"--steps=2", "--blank-line-documents", "--validation-fraction=0.2", "--objective=mlm-sop"};
        CliRun first = CliRun.of(from(source, pairs));
        assertEquals(0, first.code(), first.err());
        assertTrue(first.out().contains("no next-sentence head"), first.out());
        assertEquals("BertForPreTraining", architecture());
        JsonNode resumed = CliRun.json("pretrain", "--resume", "--output=" + output, "--steps=3");
        assertTrue(resumed.has("next_sentence_accuracy"), resumed.toString());

        Path paired = output;
        output = root.resolve("without-pairs");
        CliRun without = CliRun.of(from(paired, "--steps=2"));
        assertTrue(without.out().contains("next-sentence head is left out"), without.out());
        assertEquals("BertForMaskedLM", architecture());

        output = root.resolve("extended");
        String[] more = Arrays.copyOf(pairs, pairs.length + 1);
        more[pairs.length] = "--extend-vocab=" + Files.writeString(root.resolve("further.txt"), "zebra\n");
        CliRun extended = CliRun.of(from(paired, more));
        assertEquals(0, extended.code(), extended.err());
        assertFalse(extended.out().contains("no next-sentence head"), extended.out());
        assertEquals("BertForPreTraining", architecture());
    }

    @Test
    void pairsGoOnWithTheHeadThatIsStored() throws IOException {
        corpus = PretrainFixture.writeSentences(root.resolve("sentences.txt"), 80);
        Path imported = root.resolve("imported");
        CliRun.json("import", "--from", "src/test/resources/pretrained/google-bert", "--output", imported.toString());
        // The first step of a warm-up has the learning rate 0.
        String[] options = {
            "--steps=1", "--warmup=1", "--objective=mlm-nsp", "--blank-line-documents", "--validation-fraction=0.2"
        };
        CliRun whole = CliRun.of(
                "pretrain",
                "--from=" + imported,
                "--output=" + output,
                "--corpus=" + corpus,
                "--seq-len=6",
                options[0],
                options[1],
                options[2],
                options[3],
                options[4]);
        assertEquals(0, whole.code(), whole.err());
        assertFalse(whole.out().contains("random weights"), whole.out());
        assertArrayEquals(weights(imported), weights(output));

        output = root.resolve("with-pooler");
        CliRun pooler = CliRun.of(from(Path.of("src/test/resources/pretrained/directories/encoder"), options));
        assertEquals(0, pooler.code(), pooler.err());
        assertTrue(pooler.out().contains("a pooler without a next-sentence head"), pooler.out());
        assertEquals("BertForPreTraining", architecture());
    }

    @Test
    void pairsNeedTwoTokenTypes() throws IOException {
        Path config = source.resolve("config.json");
        Files.writeString(config, Files.readString(config).replaceFirst("(\"type_vocab_size\": )2", "$11"));
        corpus = PretrainFixture.writeSentences(root.resolve("sentences.txt"), 20);
        String[] pairs = {"--blank-line-documents", "--objective=mlm-nsp"};
        assertRefused(2, from(source, pairs), "2 token types", "1 (type_vocab_size)");
        assertRefused(
                2,
                new String[] {
                    "evaluate",
                    "--model=" + source,
                    "--corpus=" + corpus,
                    "--blank-line-documents",
                    "--objective=mlm-sop",
                    "--seq-len=16"
                },
                "2 token types");
    }

    private String architecture() throws IOException {
        return configuration().get("architectures").get(0).asText();
    }

    @Test
    void aStepThatMovesNothingWritesTheModelThatItBeganWith() throws IOException {
        Path trained = train("--steps=20");
        Path heldOut = PretrainFixture.writeCorpus(root.resolve("held-out.txt"), 40);
        Map<String, String> before = PretrainFixture.contents(trained);

        // The first step of a warm-up has the learning rate 0.
        JsonNode fields = CliRun.json(from(trained, "--validation=" + heldOut, "--steps=1", "--warmup=1"));

        JsonNode scored = CliRun.json("evaluate", "--model=" + trained, "--corpus=" + heldOut, "--seq-len=16");
        assertEquals(scored.get("mlm_loss"), fields.get("mlm_loss"));
        assertEquals(scored.get("accuracy"), fields.get("accuracy"));
        assertArrayEquals(weights(trained), weights(output));
        for (String file : List.of("config.json", "vocab.txt", "tokenizer.json", "tokenizer_config.json")) {
            assertEquals(Files.readString(trained.resolve(file)), Files.readString(output.resolve(file)), file);
        }
        assertEquals(before, PretrainFixture.contents(trained));
    }

    @Test
    void theLossBeginsWhereTheModelIs() throws IOException {
        Path trained = train("--steps=150", "--dropout=0");
        double evaluated = CliRun.json("evaluate", "--model=" + trained, "--corpus=" + corpus, "--seq-len=16")
                .get("mlm_loss")
                .asDouble();
        double untrained = Math.log(80);
        assertTrue(evaluated < untrained / 2, "the model has learned: " + evaluated);

        CliRun.json(from(trained, "--steps=1", "--batch-size=64"));

        try (Stream<String> log = Files.lines(output.resolve("training.jsonl"))) {
            String step =
                    log.filter(line -> line.contains("\"loss\"")).findFirst().orElseThrow();
            double first = new ObjectMapper().readTree(step).get("loss").asDouble();
            // Other masks than those of the evaluation, so near it and not the same.
            assertEquals(evaluated, first, (untrained - evaluated) / 4);
        }
    }

    @Test
    void aModelOfTransformersKeepsItsShapeAndItsTokenizer() throws IOException {
        CliRun run = CliRun.of(from(source, "--steps=2"));

        assertEquals(0, run.code(), run.err());
        JsonNode before =
                new ObjectMapper().readTree(source.resolve("config.json").toFile());
        for (String field : List.of(
                "vocab_size",
                "hidden_size",
                "num_hidden_layers",
                "num_attention_heads",
                "intermediate_size",
                "hidden_act",
                "hidden_dropout_prob",
                "attention_probs_dropout_prob",
                "max_position_embeddings")) {
            assertEquals(before.get(field), configuration().get(field), field);
        }
        assertEquals(Files.readString(source.resolve("vocab.txt")), Files.readString(output.resolve("vocab.txt")));
        assertTrue(Files.readString(output.resolve("README.md")).contains("trained further from"));
        assertEquals(PretrainFixture.contents(PretrainedFixture.DIRECTORY), PretrainFixture.contents(source));
    }

    @Test
    void anEncoderWithoutAHeadIsGivenANewOne() throws IOException {
        CliRun run = CliRun.of(from(Path.of("src/test/resources/pretrained/directories/encoder"), "--steps=2"));

        assertEquals(0, run.code(), run.err());
        assertTrue(run.out().contains("no head of language modelling"), run.out());
        assertEquals(
                0, CliRun.of("fill-mask", "--model=" + output, "the [MASK]").code());
    }

    @Test
    void specialTokensMayHaveOtherNames() throws IOException {
        Files.delete(source.resolve("tokenizer.json"));
        for (String file : List.of("vocab.txt", "tokenizer_config.json")) {
            Path path = source.resolve(file);
            Files.writeString(path, Files.readString(path).replace("[MASK]", "<mask>"));
        }
        CliRun run = CliRun.of(from(source, "--steps=2"));

        assertEquals(0, run.code(), run.err());
        assertTrue(run.out().contains("[MASK]"), run.out());
        assertTrue(Files.readString(output.resolve("report.html")).contains("<mark>[MASK]</mark>"));
        assertEquals(
                0, CliRun.of("fill-mask", "--model=" + output, "the <mask>").code());
    }

    @Test
    void aTrainedModelHasASmallerLearningRateUnlessAskedOtherwise() throws IOException {
        CliRun.json(from(source, "--steps=1"));
        assertEquals("2e-5", settings().getProperty("lr"));

        output = root.resolve("faster");
        Path config = Files.writeString(root.resolve("options.properties"), "lr=3e-4");
        CliRun.json(from(source, "--steps=1", "--config=" + config));
        assertEquals("3e-4", settings().getProperty("lr"));

        output = root.resolve("fastest");
        CliRun.json(from(source, "--steps=1", "--lr", "5e-4"));
        assertEquals("5e-4", settings().getProperty("lr"));
    }

    private Properties settings() throws IOException {
        Properties settings = new Properties();
        try (var reader = Files.newBufferedReader(output.resolve("pretrain.properties"))) {
            settings.load(reader);
        }
        return settings;
    }

    @Test
    void theDropoutCanBeAnother() throws IOException {
        CliRun.json(from(source, "--steps=1", "--dropout=0.25"));

        assertEquals(0.25, configuration().get("hidden_dropout_prob").asDouble());
        assertEquals(0.25, configuration().get("attention_probs_dropout_prob").asDouble());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--layers=1",
                "--hidden=16",
                "--heads=2",
                "--intermediate=32",
                "--preset=tiny",
                "--vocab=vocab.txt",
                "--vocab-size=8192",
                "--cased"
            })
    void whatTheModelBringsCannotBeAskedFor(String option) throws IOException {
        String name = option.split("=")[0];
        assertRefused(2, from(source, option), "--from", name + ".");

        Path config = Files.writeString(
                root.resolve("options.properties"), option.substring(2) + (option.contains("=") ? "" : "=true"));
        assertRefused(2, from(source, "--config=" + config), "--from", name + ".");
    }

    @Test
    void wrongUsageIsRefused() throws IOException {
        String[] tooLong = {"pretrain", "--from=" + source, "--output=" + output, "--corpus=" + corpus};
        assertRefused(2, tooLong, "24", "128");
        assertRefused(2, from(source, "--dropout=1"), "1.0");
        assertRefused(2, new String[] {"pretrain", "--output=" + output, "--extend-vocab=words.txt"}, "--from");
        assertRefused(
                2,
                new String[] {"pretrain", "--from=" + source, "--output=" + root.resolve("x/../tiny-bert")},
                "--output",
                source.toString());
        Path link = Files.createSymbolicLink(root.resolve("link"), source);
        assertRefused(2, new String[] {"pretrain", "--from=" + link, "--output=" + source}, link.toString());
        assertRefused(1, from(root.resolve("absent")), "absent");
        Files.delete(source.resolve("vocab.txt"));
        Files.delete(source.resolve("tokenizer.json"));
        assertRefused(1, from(source), "vocab.txt");
    }

    @Test
    void aModelThatIsDamagedLeavesNothingBehind() throws IOException {
        Files.write(source.resolve("model.safetensors"), new byte[100]);
        assertRefused(1, from(source, "--steps=1"), "model.safetensors");
        assertFalse(Files.exists(output));
    }

    @Test
    void whatDoesNotFitIntoMemoryIsRefusedBeforeTextIsReadOrMade() throws IOException {
        String[] large = {"--batch-size=1000000", "--seq-len=24"};
        String[] evaluate = {"evaluate", "--model=" + source, "--corpus=" + corpus, large[0], large[1]};
        assertRefused(1, evaluate, "fit into memory", "The largest batch that fits is ", "(--batch-size ");
        String[] benchmark = {"benchmark", "--layers=1", large[0], large[1]};
        assertRefused(1, benchmark, "fit into memory", "The largest batch that fits is ", "(--batch-size ");
    }

    /** The text may be prepared for hours. */
    @Test
    void weightsAreReadBeforeTheTextIsPrepared() throws IOException {
        byte[] whole = weights(source);
        Files.write(source.resolve("model.safetensors"), Arrays.copyOf(whole, whole.length - 1));
        CliRun run = CliRun.of(from(source, "--steps=1"));
        assertEquals(1, run.code(), run.err());
        assertTrue(run.errorLines().get(0).contains("model.safetensors"), run.err());
        assertFalse((run.out() + run.err()).contains("preparing"), run.out() + run.err());
    }

    @Test
    void preparedDataHasToBeOfItsVocabulary() throws IOException {
        Path shards = root.resolve("shards");
        CliRun.json("prepare", "--corpus=" + corpus, "--vocab=" + source.resolve("vocab.txt"), "--output=" + shards);
        String[] arguments = {
            "pretrain", "--from=" + source, "--output=" + output, "--data=" + shards, "--seq-len=16", "--steps=1"
        };
        Path other = train("--steps=1");
        String[] wrong = arguments.clone();
        wrong[1] = "--from=" + other;
        assertRefused(1, wrong, shards.toString(), "SHA-256");

        assertEquals(1, CliRun.json(arguments).get("steps").asLong());
    }

    @Test
    void preparedDataHasToBeOfItsTokenizer() throws IOException {
        Path shards = root.resolve("shards");
        CliRun.json(
                "prepare",
                "--corpus=" + corpus,
                "--vocab=" + source.resolve("vocab.txt"),
                "--output=" + shards,
                "--cased");
        String[] arguments = {
            "pretrain", "--from=" + source, "--output=" + output, "--data=" + shards, "--seq-len=16", "--steps=1"
        };

        assertRefused(1, arguments, shards.toString(), "has do_lower_case true", "with do_lower_case false");
    }

    @Test
    void aResumedRunNeedsTheModelNoMore() throws IOException {
        Path tokens = Files.writeString(root.resolve("tokens.txt"), "garden\nforest\n");
        String[] options = {"--steps=6", "--save-every=3", "--keep=3", "--dropout=0.2", "--extend-vocab=" + tokens};
        CliRun.json(from(source, options));
        Path whole = output;
        output = root.resolve("interrupted");
        CliRun.json(from(source, options));
        // As a crash after the third step would have left it.
        FileTrees.delete(output.resolve("checkpoints/step-6"));
        for (String file : List.of("model.safetensors", "config.json", "vocab.txt", "tokenizer_config.json")) {
            Files.delete(output.resolve(file));
        }
        FileTrees.delete(source);
        Files.delete(tokens);
        Files.delete(corpus);

        CliRun resumed = CliRun.of("pretrain", "--output=" + output, "--resume");

        assertEquals(0, resumed.code(), resumed.err());
        assertTrue(resumed.out().contains("resumed after step 3"), resumed.out());
        assertArrayEquals(weights(whole), weights(output));
        assertEquals(Files.readString(whole.resolve("vocab.txt")), Files.readString(output.resolve("vocab.txt")));
        assertEquals(Files.readString(whole.resolve("config.json")), Files.readString(output.resolve("config.json")));
    }

    @Test
    void aResumedRunKeepsWhatItBeganWith() throws IOException {
        CliRun.json(from(source, "--steps=1"));
        Path other = train("--steps=1");

        assertRefused(2, from(other, "--resume", "--steps=2"), "--from", source.toString(), other.toString());
        assertRefused(2, from(source, "--resume", "--steps=2", "--extend-vocab=words.txt"), "--extend-vocab");
        assertRefused(2, from(source, "--resume", "--steps=2", "--layers=3"), "--layers");
        String[] newRun = {"pretrain", "--output=" + other, "--resume", "--steps=2", "--from=" + source};
        assertRefused(2, newRun, "no --from");
        assertTrue(Path.of(settings().getProperty("from")).isAbsolute());
        String relative = Path.of("").toAbsolutePath().relativize(source) + "/.";
        assertRefused(1, from(Path.of(relative), "--resume", "--steps=2", "--batch-size=3"), "batch_size");

        assertEquals(
                2,
                CliRun.json(from(source, "--resume", "--steps=2")).get("steps").asLong());
    }

    @Test
    void withoutACheckpointTheRunBeginsWithTheModelAgainIfToldTo() throws IOException {
        CliRun.json(from(source, "--steps=2"));
        byte[] expected = weights(output);
        FileTrees.delete(output.resolve("checkpoints"));

        assertEquals(1, CliRun.of("pretrain", "--output=" + output, "--resume").code());
        CliRun.json("pretrain", "--output=" + output, "--restart");

        assertArrayEquals(expected, weights(output));
    }

    @Test
    void furtherTokensFollowTheVocabularyOfTheModel() throws IOException {
        Path tokens = Files.writeString(root.resolve("tokens.txt"), "garden\nhouse\nforest\ngarden\n\n##ward\n");

        CliRun run = CliRun.of(from(source, "--steps=2", "--extend-vocab=" + tokens));

        assertEquals(0, run.code(), run.err());
        assertTrue(run.out().contains("3 tokens added, 63 in all; left out, because they are there: house garden"));
        assertEquals(
                Files.readString(source.resolve("vocab.txt")) + "garden\nforest\n##ward\n",
                Files.readString(output.resolve("vocab.txt")));
        assertEquals(63, configuration().get("vocab_size").asInt());
        Path text = Files.writeString(root.resolve("text.txt"), "the forest in the garden\n");
        CliRun ids = CliRun.of("tokenize", "--vocab=" + output.resolve("vocab.txt"), "--input=" + text);
        assertEquals("2 5 61 10 5 60 3\n", ids.out());
        assertEquals(
                5,
                CliRun.json("fill-mask", "--model=" + output, "the [MASK] in the garden")
                        .get("predictions")
                        .get(0)
                        .size());
    }

    @Test
    void furtherTokensThatNoTextCanGiveAreRefused() throws IOException {
        Path tokens = Files.writeString(root.resolve("tokens.txt"), "garden\nCOVID-19\n");
        assertRefused(1, from(source, "--extend-vocab=" + tokens), tokens.toString(), "COVID-19");
        assertRefused(1, from(source, "--extend-vocab=" + root.resolve("absent.txt")), "absent.txt");
        Files.writeString(tokens, "cat\n");
        assertRefused(1, from(source, "--extend-vocab=" + tokens), tokens.toString(), "lacks");
    }
}
