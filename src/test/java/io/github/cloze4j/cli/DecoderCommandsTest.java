package io.github.cloze4j.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.cloze4j.kernel.KernelProviders;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.model.head.LanguageModelHead;
import io.github.cloze4j.model.head.TaskHead;
import io.github.cloze4j.model.head.TaskKind;
import io.github.cloze4j.pretrained.huggingface.ModelDirectory;
import io.github.cloze4j.pretrained.huggingface.StoredModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;

/** Commands that other models are for, with a model that sees what is left of a token only. */
class DecoderCommandsTest {
    private static final Path ROOT = Path.of("src/test/resources/pretrained/decoders");
    private static final String MODEL = ROOT.resolve("next-word").toString();

    @TempDir
    Path parent;

    private static void assertRefused(int code, CliRun run, String... words) {
        assertEquals(code, run.code(), run.err());
        assertEquals("", run.out());
        assertEquals(1, run.errorLines().size(), run.err());
        for (String word : words) {
            assertTrue(run.errorLines().get(0).contains(word), run.err());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"fill-mask", "pseudo-perplexity", "zero-shot --labels cat,dog"})
    void masksAreNotFilled(String command) {
        String[] words = (command + " --kernels nd4j --model " + MODEL).split(" ");
        String[] arguments = Arrays.copyOf(words, words.length + 1);
        arguments[words.length] = "a [MASK]";
        CliRun run = CliRun.of(arguments);
        assertRefused(
                command.startsWith("zero") ? 2 : 1,
                run,
                "Expected a masked language model. Received: a model of the next word (is_decoder)",
                "Generate texts with it, or train it further on masked words (mlm)");
    }

    private static double[] numbers(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false)
                .mapToDouble(JsonNode::asDouble)
                .toArray();
    }

    /** The first token sees itself only, and the last one all. */
    @ParameterizedTest
    @CsvSource({"cls, 0", "last-token, 2"})
    void textsAreEmbeddedAsTransformersDoesIt(String pooling, int row) throws IOException {
        Path encoder = ROOT.resolve("encoder");
        for (JsonNode answer : new ObjectMapper()
                .readTree(encoder.resolve("expected.json").toFile())
                .path("answers")) {
            JsonNode result = CliRun.json(
                    "embed",
                    "--kernels",
                    "nd4j",
                    "--model",
                    encoder.toString(),
                    "--no-normalize",
                    "--pooling",
                    pooling,
                    answer.path("text").asText());
            assertArrayEquals(
                    numbers(answer.path("numbers").path(row)),
                    numbers(result.path("embeddings").path(0)),
                    1e-5);
        }
    }

    /** The fourth word, at row 4 of the fixture, does not see the words after it. */
    @Test
    void wordsAreTaggedAsTransformersDoesIt() throws IOException {
        Path tags = ROOT.resolve("tags");
        JsonNode answer = new ObjectMapper()
                .readTree(tags.resolve("expected.json").toFile())
                .path("answers")
                .path(0);
        double[] scores = numbers(answer.path("numbers").path(1));
        double sum = Arrays.stream(scores).map(Math::exp).sum();
        JsonNode word = CliRun.json(
                        "predict",
                        "--kernels",
                        "nd4j",
                        "--model",
                        tags.toString(),
                        answer.path("text").asText())
                .path("predictions")
                .path(0)
                .path("words")
                .path(3);
        assertEquals("LABEL_1", word.path("tag").asText());
        assertEquals(Math.exp(scores[1]) / sum, word.path("probability").asDouble(), 1e-6);
    }

    private Path sequenceToSequence() {
        Path directory = parent.resolve("seq2seq");
        try (StoredModel stored = ModelDirectory.open(Path.of(MODEL));
                Bert model = stored.readScored(
                        stored.config(),
                        List.of(LanguageModelHead.PREFIX),
                        KernelProviders.create("nd4j", DataType.FLOAT))) {
            ModelDirectory.writeFineTuned(
                    directory, model, new TaskHead(TaskKind.SEQ2SEQ, List.of()), stored.tokenizer(), Map.of());
        }
        return directory;
    }

    /** OnnxModelTest compares the scores. */
    @Test
    void modelsOfTheNextWordAreExportedAndThoseThatReadSourcesAreNot() throws IOException {
        Path file = parent.resolve("model.onnx");
        JsonNode result = CliRun.json("export", "--model", MODEL, "--output", file.toString());
        assertEquals("logits", result.path("result").asText());

        Files.delete(file);
        Path sources = sequenceToSequence();
        CliRun run = CliRun.of("export", "--model", sources.toString(), "--output", file.toString());
        assertRefused(1, run, "Expected a model that reads whole texts. Received: a model that writes texts");
        assertFalse(Files.exists(file));
        CliRun encoder =
                CliRun.of("export", "--encoder-only", "--model", sources.toString(), "--output", file.toString());
        assertRefused(1, encoder, run.errorLines().get(0));
        assertFalse(Files.exists(file));
    }

    /** Its sources were read as a whole, its targets word by word. */
    @ParameterizedTest
    @ValueSource(strings = {"embed", "zero-shot --method embedding --labels cat,dog"})
    void textsAreNotEmbeddedByAModelThatWritesTexts(String command) {
        List<String> arguments = new ArrayList<>(List.of(command.split(" ")));
        arguments.addAll(
                List.of("--kernels", "nd4j", "--model", sequenceToSequence().toString(), "a cat"));
        assertRefused(
                1,
                CliRun.of(arguments.toArray(String[]::new)),
                "Expected a model that reads whole texts. Received: a model that writes texts (seq2seq)",
                "Generate texts with it, or name another model");
    }

    @Test
    void aModelThatWritesTextsDoesNotPredict() {
        Path sources = sequenceToSequence();
        CliRun run = CliRun.of("predict", "--kernels", "nd4j", "--model", sources.toString(), "a cat");
        assertRefused(2, run, "generate");
        run = CliRun.of("predict", "--kernels", "nd4j", "--model", MODEL, "a cat");
        assertRefused(1, run, "Expected a fine-tuned model");
    }
}
