package io.github.cloze4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.cloze4j.pretrained.PretrainedFixture;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From pairs of texts to a model that rewrites, and its scores. */
class RewritingCommandsTest {
    @TempDir
    private static Path parent;

    private static Path train;
    private static Path model;
    private static CliRun trained;

    @BeforeAll
    static void finetune() throws IOException {
        train = Files.writeString(
                parent.resolve("train.tsv"),
                IntStream.range(0, 40)
                        .mapToObj(i -> i % 2 == 0 ? "the cat\tred bird" : "red red\tthe the")
                        .collect(Collectors.joining("\n", "from\tto\n", "\n")));
        model = parent.resolve("model");
        trained = CliRun.of(finetune(
                model,
                "--source-column=from",
                "--target-column=to",
                "--batch-size=8",
                "--dropout=0",
                "--epochs=40",
                "--evaluations=2",
                "--lr=1e-2",
                "--validation=" + train));
        assertEquals(0, trained.code(), trained.err());
    }

    private static String[] finetune(Path output, String... more) {
        return Stream.concat(
                        Stream.of(
                                "finetune",
                                "seq2seq",
                                "--kernels=nd4j",
                                "--model=" + PretrainedFixture.DIRECTORY,
                                "--train=" + train,
                                "--output=" + output,
                                "--seq-len=16"),
                        Stream.of(more))
                .toArray(String[]::new);
    }

    @Test
    void eachScoreStandsBesideThatOfTheCopiedSource() {
        assertTrue(trained.out().contains("held out exact: 1.0000"), trained.out());
        assertTrue(trained.out().contains("training: 40 records, 38 duplicates; held out: 40"), trained.out());
        assertTrue(trained.out().contains("; copied source 0.0000)"), trained.out());
        assertTrue(trained.out().contains("held out chrf: 100.0000"), trained.out());
        assertTrue(trained.out().contains("held out bleu: "), trained.out());
        assertTrue(!trained.out().contains("random weights"), "every weight is pretrained: " + trained.out());
    }

    @Test
    void theReportAndTheCardShowTexts() throws IOException {
        String report = Files.readString(model.resolve("report.html"));
        for (String part : List.of(
                "<h2>Scores by the length of the right text</h2>", "<h2>First texts</h2>", "<h2>Worst errors: texts")) {
            assertTrue(report.contains(part), part);
        }
        String card = Files.readString(model.resolve("README.md"));
        assertTrue(!card.contains("| labels |"), card);
        assertTrue(card.contains("new Generator(") && card.contains("[batch, 1, length, length]"), card);
        assertTrue(Files.readString(model.resolve("config.json")).contains("\"is_decoder\" : true"));
        String generation = Files.readString(model.resolve("generation_config.json"));
        assertTrue(generation.contains("\"max_new_tokens\" : 3"), generation);
        assertTrue(generation.contains("\"eos_token_id\""), generation);
    }

    @Test
    void aModelIsScoredOnPairs() throws IOException {
        Path pairs = Files.writeString(parent.resolve("scored.jsonl"), """
                {"source": "the cat", "target": "red bird"}
                {"source": "the cat", "target": "the cat"}
                """);
        JsonNode scores = CliRun.json("evaluate", "--kernels=nd4j", "--model=" + model, "--input=" + pairs);
        assertEquals(0.5, scores.at("/metrics/exact").asDouble());
        assertEquals(0.5, scores.at("/copy_baseline/exact").asDouble());
        assertTrue(scores.at("/metrics/chrf").asDouble() > 30, scores.toString());
        assertTrue(scores.has("intervals") && !scores.has("majority_baseline"), scores.toString());
        JsonNode chinese = CliRun.json(
                "evaluate", "--kernels=nd4j", "--model=" + model, "--input=" + pairs, "--bleu-tokenizer=char");
        assertTrue(
                chinese.at("/metrics/bleu").asDouble()
                        > scores.at("/metrics/bleu").asDouble(),
                chinese.toString());
    }

    /** By the evaluation of the run, by a new reading of the model, and of right targets and wrong ones. */
    @Test
    void theLossIsThatOfTheRunAndLowerForRightTargets() throws IOException {
        String last = Files.readAllLines(model.resolve("training.jsonl")).stream()
                .filter(line -> line.contains("\"evaluation\""))
                .reduce((before, after) -> after)
                .orElseThrow();
        double expected =
                new ObjectMapper().readTree(last).get("prefix-lm_loss").asDouble();
        assertTrue(
                trained.out().contains(String.format(Locale.ROOT, "held out loss: %.4f", expected)),
                trained.out() + last);
        JsonNode right = evaluate("right.csv", "source,target\nthe cat,red bird\n");
        JsonNode wrong = evaluate("wrong.csv", "source,target\nthe cat,the cat\n");
        assertTrue(right.get("loss").asDouble() < 0.5, right.toString());
        assertTrue(wrong.get("loss").asDouble() > 2, wrong.toString());
    }

    private JsonNode evaluate(String name, String pairs) throws IOException {
        Path file = Files.writeString(parent.resolve(name), pairs);
        return CliRun.json("evaluate", "--kernels=nd4j", "--model=" + model, "--input=" + file);
    }

    /** What generate writes for the sources of a file is what the scores are of. */
    @Test
    void generateWritesTheTextsThatAreScored() throws IOException {
        Path sources =
                Files.writeString(parent.resolve("sources.csv"), "source,note\nthe cat,1\nred red,2\nred cat,3\n");
        JsonNode written = CliRun.json("generate", "--kernels=nd4j", "--model=" + model, "--input=" + sources)
                .get("texts");
        assertEquals(3, written.size());
        assertEquals("red bird", written.get(0).get("text").asText());
        assertEquals("the the", written.get(1).get("text").asText());
        Path pairs = Files.writeString(
                parent.resolve("written.csv"),
                "source,target\nthe cat,red bird\nred red,the the\nred cat,\""
                        + written.get(2).get("text").asText() + "\"\n");
        JsonNode scores = CliRun.json("evaluate", "--kernels=nd4j", "--model=" + model, "--input=" + pairs);
        assertEquals(1.0, scores.at("/metrics/exact").asDouble(), scores + " " + written);
    }

    @Test
    void mistakesAreNamed() throws IOException {
        CliRun column = CliRun.of(finetune(parent.resolve("wrong")));
        assertTrue(
                column.err().contains("train.tsv, line 1: Expected a column \"source\" in the header"), column.err());
        CliRun words = CliRun.of(finetune(parent.resolve("wrong"), "--bleu-tokenizer=moses"));
        assertEquals(2, words.code());
        assertTrue(words.err().contains("Expected a tokenizer of BLEU: 13a, zh, intl, char, none."), words.err());
        CliRun smoothing = CliRun.of(finetune(parent.resolve("wrong"), "--label-smoothing=0.1"));
        assertEquals(2, smoothing.code());
        assertTrue(smoothing.err().contains("--label-smoothing or --focal-gamma for seq2seq"), smoothing.err());
        CliRun tokens = CliRun.of(
                finetune(parent.resolve("wrong"), "--seq-len=4", "--source-column=from", "--target-column=to"));
        assertEquals(2, tokens.code(), tokens.err());
        CliRun predict = CliRun.of("predict", "--kernels=nd4j", "--model=" + model, "the cat");
        assertEquals(2, predict.code());
        assertTrue(predict.err().contains("generate --model DIR --input FILE"), predict.err());
    }

    @Test
    void anEmptyTextIsRefusedWithItsLine() throws IOException {
        for (String line : List.of("\tred", "red\t ")) {
            Path file = Files.writeString(parent.resolve("empty.tsv"), "from\tto\nred\tthe\n" + line + "\n");
            CliRun run = CliRun.of(finetune(
                    parent.resolve("wrong"), "--source-column=from", "--target-column=to", "--validation=" + file));
            assertEquals(1, run.code(), run.err());
            String column = line.startsWith("\t") ? "from" : "to";
            assertTrue(
                    run.err()
                            .contains("empty.tsv, line 3: Expected a text in \"" + column
                                    + "\". Received: a blank one. Write the text, or remove the record"),
                    run.err());
        }
    }

    @Test
    void manyUnknownTokensAreAWarning() throws IOException {
        assertTrue(!trained.err().contains("[UNK]"), trained.err());
        Path file = Files.writeString(
                parent.resolve("unknown.tsv"), "source\ttarget\n" + "the \u2603\tred bird\n".repeat(8));
        CliRun run = CliRun.of(
                "finetune",
                "seq2seq",
                "--kernels=nd4j",
                "--model=" + PretrainedFixture.DIRECTORY,
                "--train=" + file,
                "--seq-len=16",
                "--epochs=1",
                "--output=" + parent.resolve("unknown"));
        assertEquals(0, run.code(), run.err());
        assertTrue(run.err().contains("warning: 14.29 % of the tokens are unknown ([UNK])"), run.err());
    }

    /** The head of a model that writes is that of pretraining, and what its tokens see is up to the task. */
    @Test
    void everyModelOfLanguageIsABase() throws IOException {
        Path labelled =
                Files.writeString(parent.resolve("labelled.csv"), "text,label\n" + "red,a\nthe cat,b\n".repeat(4));
        Path classifier = parent.resolve("classifier");
        CliRun run = CliRun.of(
                "finetune",
                "classification",
                "--kernels=nd4j",
                "--model=" + model,
                "--train=" + labelled,
                "--output=" + classifier,
                "--seq-len=16",
                "--epochs=1");
        assertEquals(0, run.code(), run.err());
        assertTrue(Files.readString(classifier.resolve("config.json")).contains("\"is_decoder\" : false"));
        Path nextWord = Path.of("src/test/resources/pretrained/decoders/next-word");
        CliRun rewriting = CliRun.of(
                "finetune",
                "seq2seq",
                "--kernels=nd4j",
                "--model=" + nextWord,
                "--train=" + train,
                "--source-column=from",
                "--target-column=to",
                "--output=" + parent.resolve("from-next-word"),
                "--seq-len=16",
                "--epochs=1");
        assertEquals(0, rewriting.code(), rewriting.err());
        assertTrue(rewriting.out().contains("held out chrf"), rewriting.out());
    }

    @Test
    void aModelWithoutASecondTokenTypeIsRefused() throws IOException {
        Path single = Files.createDirectory(parent.resolve("single"));
        try (Stream<Path> files = Files.list(PretrainedFixture.DIRECTORY)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Files.copy(file, single.resolve(file.getFileName().toString()));
            }
        }
        Path config = single.resolve("config.json");
        Files.writeString(
                config,
                Files.readString(config).replaceFirst("\"type_vocab_size\"\\s*:\\s*2", "\"type_vocab_size\": 1"));
        CliRun run = CliRun.of(
                "finetune",
                "seq2seq",
                "--kernels=nd4j",
                "--model=" + single,
                "--train=" + train,
                "--source-column=from",
                "--target-column=to",
                "--seq-len=16",
                "--output=" + parent.resolve("refused"));
        assertEquals(2, run.code(), run.err());
        assertTrue(run.err().contains("token types"), run.err());
        assertTrue(run.err().contains("type_vocab_size"), run.err());
    }
}
