package io.github.cloze4j.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.cloze4j.pretrained.PretrainedFixture;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbedTest {
    private static final String MODEL = PretrainedFixture.DIRECTORY.toString();

    @TempDir
    Path parent;

    private static String[] command(String... arguments) {
        List<String> all = new ArrayList<>(List.of("embed", "--kernels", "nd4j", "--model", MODEL));
        all.addAll(List.of(arguments));
        return all.toArray(String[]::new);
    }

    private static double[] numbers(String line) {
        return Arrays.stream(line.split(" ")).mapToDouble(Double::parseDouble).toArray();
    }

    private static double[] numbers(JsonNode array) {
        double[] numbers = new double[array.size()];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = array.get(i).asDouble();
        }
        return numbers;
    }

    private static double length(double[] vector) {
        return Math.sqrt(Arrays.stream(vector).map(x -> x * x).sum());
    }

    @Test
    void aTextIsALineOfNumbersAndNothingElseIsOnStdout() {
        CliRun run = CliRun.of(command("the cat", "", "a red bird"));

        assertEquals(0, run.code(), run.err());
        List<String> lines = run.out().lines().toList();
        assertEquals(3, lines.size());
        for (String line : lines) {
            assertEquals(16, numbers(line).length);
            assertEquals(1, length(numbers(line)), 1e-6);
        }
        assertTrue(run.err().contains("dimensions: 16"), run.err());
    }

    @Test
    void anEncoderWithoutAHeadIsEnough() {
        Path encoder = Path.of("src/test/resources/pretrained/directories/encoder");
        CliRun run = CliRun.of("embed", "--kernels", "nd4j", "--model", encoder.toString(), "the cat");

        assertEquals(0, run.code(), run.err());
        assertEquals(1, length(numbers(run.out().strip())), 1e-6);
    }

    @Test
    void jsonFilesAndArgumentsHoldTheSameNumbers() throws IOException {
        // More than one block, the last shorter; CR LF and a missing line end.
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < 1030; i++) {
            texts.add(i % 3 == 0 ? "the cat" : i % 3 == 1 ? "" : "a red bird sang, and the king ran");
        }
        Path input = Files.writeString(parent.resolve("in"), String.join("\r\n", texts) + "\r\nking");
        Path output = parent.resolve("out");

        JsonNode toFile = CliRun.json(command("--input", input.toString(), "--output", output.toString()));
        JsonNode toStdout = CliRun.json(command("--input", input.toString()));
        JsonNode arguments = CliRun.json(command("the cat", "", "a red bird sang, and the king ran", "king"));

        assertEquals(1031, toFile.get("texts").asInt());
        assertFalse(toFile.has("embeddings"));
        assertEquals(16, toFile.get("dimensions").asInt());
        List<String> lines = Files.readAllLines(output, StandardCharsets.US_ASCII);
        assertEquals(1031, lines.size());
        assertEquals(1031, toStdout.get("embeddings").size());
        for (int i = 0; i < lines.size(); i++) {
            double[] line = numbers(lines.get(i));
            assertArrayEquals(line, numbers(toStdout.get("embeddings").get(i)), 0);
            assertArrayEquals(line, numbers(arguments.get("embeddings").get(i == 1030 ? 3 : i % 3)), 1e-5, "line " + i);
        }
    }

    @Test
    void jsonThatCannotBeWrittenIsAFailure() {
        PrintStream closed = new PrintStream(OutputStream.nullOutputStream(), true, StandardCharsets.UTF_8);
        closed.close();
        Path output = parent.resolve("out");
        for (String[] arguments :
                List.of(command("--json", "the cat"), command("--json", "--output=" + output, "the cat"))) {
            ByteArrayOutputStream err = new ByteArrayOutputStream();

            int code = Main.run(closed, new PrintStream(err, true, StandardCharsets.UTF_8), arguments);

            assertEquals(1, code);
            assertTrue(err.toString(StandardCharsets.UTF_8).contains("the output was closed"), "exit code " + code);
        }
    }

    @Test
    void poolingAndLengthAreOptions() throws IOException {
        double[] mean = numbers(CliRun.json(command("--no-normalize", "the cat"))
                .get("embeddings")
                .get(0));
        double[] cls = numbers(CliRun.json(command("--no-normalize", "--pooling", "cls", "the cat"))
                .get("embeddings")
                .get(0));

        assertFalse(Arrays.equals(mean, cls));
        assertTrue(Math.abs(length(mean) - 1) > 1e-3);
    }

    @Test
    void aModelOfSentenceTransformersIsUsedAsItSaysUnlessOptionsSayOtherwise() throws IOException {
        Path model = PretrainedFixture.copy(parent);
        Files.writeString(model.resolve("modules.json"), """
                [{"path": "", "type": "sentence_transformers.models.Transformer"},
                 {"path": "1_Pooling", "type": "sentence_transformers.models.Pooling"}]
                """);
        Files.createDirectories(model.resolve("1_Pooling"));
        Files.writeString(model.resolve("1_Pooling/config.json"), "{\"pooling_mode_cls_token\": true}");
        Files.writeString(model.resolve("sentence_bert_config.json"), "{\"max_seq_length\": 4}");
        String[] asStored = {"embed", "--kernels", "nd4j", "--model", model.toString(), "the cat sat"};
        CliRun stored = CliRun.of(asStored);
        assertTrue(
                stored.err().contains("embedding: pooling cls, vectors not normalized, at most 4 tokens"),
                stored.err());
        double[] plain = numbers(CliRun.of(command("--pooling", "cls", "--no-normalize", "the cat"))
                .out()
                .strip());
        assertArrayEquals(plain, numbers(stored.out().strip()), 1e-5);

        String[] otherwise = Arrays.copyOf(asStored, asStored.length + 3);
        otherwise[asStored.length] = "--normalize";
        otherwise[asStored.length + 1] = "--pooling";
        otherwise[asStored.length + 2] = "max";
        CliRun options = CliRun.of(otherwise);
        assertTrue(
                options.err().contains("embedding: pooling max, vectors of length 1, at most 4 tokens"), options.err());
        assertEquals(1, length(numbers(options.out().strip())), 1e-6);
    }

    @Test
    void anEmptyFileHasNoVectors() throws IOException {
        Path input = Files.createFile(parent.resolve("empty"));

        JsonNode json = CliRun.json(command("--input", input.toString()));

        assertEquals(0, json.get("embeddings").size());
        assertEquals(0, json.get("texts").asInt());
    }

    @Test
    void failuresAreOneLineAndLeaveTheOutputAsItWas() throws IOException {
        Path output = Files.writeString(parent.resolve("out"), "before");
        CliRun missing =
                CliRun.of(command("--input", parent.resolve("none").toString(), "--output", output.toString()));
        CliRun neither = CliRun.of(command());
        CliRun pooling = CliRun.of(command("--pooling", "attention", "the cat"));

        assertEquals(1, missing.code());
        assertEquals(1, missing.errorLines().size(), missing.err());
        assertTrue(missing.err().contains("none"), missing.err());
        assertEquals("before", Files.readString(output));
        assertEquals(2, neither.code());
        assertTrue(neither.err().contains("TEXT"), neither.err());
        assertEquals(2, pooling.code());
        assertTrue(pooling.err().contains("cls, max, mean, mean-sqrt-len, weighted-mean, last-token"), pooling.err());
    }
}
