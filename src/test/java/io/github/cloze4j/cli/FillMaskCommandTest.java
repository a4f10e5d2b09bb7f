package io.github.cloze4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.cloze4j.inference.Prediction;
import io.github.cloze4j.pretrained.PretrainedFixture;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class FillMaskCommandTest {
    private static final String MODEL = PretrainedFixture.DIRECTORY.toString();

    @TempDir
    Path parent;

    private static CliRun fill(Path directory, String text) {
        return CliRun.of("fill-mask", "--kernels", "nd4j", "--model", directory.toString(), text);
    }

    private static void assertFailed(int code, CliRun run, String... words) {
        assertEquals(code, run.code(), run.err());
        assertEquals("", run.out());
        assertEquals(1, run.errorLines().size(), run.err());
        for (String word : words) {
            assertTrue(run.errorLines().get(0).contains(word), run.err());
        }
    }

    @ParameterizedTest
    @MethodSource("io.github.cloze4j.pretrained.PretrainedFixture#answers")
    void jsonHoldsTheTokensThatTransformersPredicts(PretrainedFixture.Answer answer) throws IOException {
        JsonNode masks = CliRun.json("fill-mask", "--kernels", "nd4j", "--model", MODEL, "--top-k", "5", answer.text())
                .get("predictions");

        assertEquals(answer.predictions().size(), masks.size());
        for (int mask = 0; mask < masks.size(); mask++) {
            assertEquals(5, masks.get(mask).size());
            for (int rank = 0; rank < 5; rank++) {
                Prediction expected = answer.predictions().get(mask).get(rank);
                JsonNode received = masks.get(mask).get(rank);
                assertEquals(expected.token(), received.get("token").asText());
                assertEquals(expected.id(), received.get("id").asInt());
                assertEquals(
                        expected.probability(), received.get("probability").asDouble(), 1e-4 * expected.probability());
            }
        }
    }

    @Test
    void peopleReadATableForEachMask() {
        CliRun run = CliRun.of(
                "fill-mask", "--kernels", "nd4j", "--threads", "1", "--model", MODEL, "--top-k", "2", "[MASK] [MASK]");

        assertEquals(0, run.code(), run.err());
        List<String> lines = run.out().lines().toList();
        assertEquals(List.of("[MASK] 1 of 2", "", "[MASK] 2 of 2"), List.of(lines.get(0), lines.get(3), lines.get(4)));
        for (int line : new int[] {1, 2, 5, 6}) {
            assertTrue(lines.get(line).matches("  \\S+ +\\d+  0\\.\\d{4}"), lines.get(line));
        }
        assertEquals(7, lines.size());
    }

    @Test
    void severalTextsAreObjectsOfOneListInTheirOrder() throws IOException {
        String[] texts = {"the [MASK]", "a small [MASK] ran to the [MASK] and sang", "[MASK] é"};
        Path file = Files.write(parent.resolve("texts"), List.of(texts));
        JsonNode arguments = CliRun.json(
                "fill-mask", "--kernels", "nd4j", "--model", MODEL, "--top-k", "3", texts[0], texts[1], texts[2]);
        JsonNode lines = CliRun.json(
                "fill-mask", "--kernels", "nd4j", "--model", MODEL, "--top-k", "3", "--input", file.toString());

        assertEquals(arguments, lines);
        assertEquals(3, lines.get("texts").size());
        for (int text = 0; text < 3; text++) {
            JsonNode answer = lines.get("texts").get(text);
            assertEquals(texts[text], answer.get("text").asText());
            JsonNode alone = CliRun.json(
                            "fill-mask", "--kernels", "nd4j", "--model", MODEL, "--top-k", "3", texts[text])
                    .get("predictions");
            assertEquals(alone.size(), answer.get("predictions").size());
            assertEquals(
                    alone.get(0).get(0).get("id"),
                    answer.get("predictions").get(0).get(0).get("id"));
        }
    }

    @Test
    void aLineThatIsRefusedIsNamed() throws IOException {
        // One of the second block; the first is answered by then.
        assertLineRefused("fill-mask", "no gap", "Expected a text with [MASK]");
        assertLineRefused("pseudo-perplexity", "the ".repeat(30), "Expected a text of at most 24 tokens");
    }

    private void assertLineRefused(String command, String text, String words) throws IOException {
        List<String> lines = new ArrayList<>(Collections.nCopies(1030, "[MASK]"));
        lines.set(1026, text);
        Path file = Files.write(parent.resolve("texts"), lines);
        CliRun run = CliRun.of(command, "--kernels", "nd4j", "--model", MODEL, "--input", file.toString());

        assertEquals(2, run.code(), run.err());
        assertEquals(1, run.errorLines().size(), run.err());
        assertTrue(run.errorLines().get(0).contains(file + ", line 1027: " + words), run.err());
    }

    @Test
    void peopleReadEachOfSeveralTexts() {
        CliRun run =
                CliRun.of("fill-mask", "--kernels", "nd4j", "--model", MODEL, "--top-k", "1", "a [MASK]", "[MASK]");

        assertEquals(0, run.code(), run.err());
        List<String> lines = run.out().lines().toList();
        assertEquals(8, lines.size(), run.out());
        assertEquals(
                List.of("a [MASK]", "[MASK] 1 of 1", "", "[MASK]"),
                List.of(lines.get(0), lines.get(1), lines.get(3), lines.get(4)));
    }

    @Test
    void wrongUsageHasItsCode() {
        assertFailed(2, CliRun.of("fill-mask", "[MASK]"), "--model");
        assertFailed(2, CliRun.of("fill-mask", "--model", MODEL), "TEXT");
        assertFailed(2, CliRun.of("fill-mask", "--model", MODEL, "--top-k", "0", "[MASK]"), "--top-k");
        assertFailed(
                2, CliRun.of("fill-mask", "--model", MODEL, "--input", "texts", "[MASK]"), "TEXT", "--input", "both");
        assertFailed(2, fill(PretrainedFixture.DIRECTORY, "no gap"), "[MASK]");
        assertFailed(2, fill(PretrainedFixture.DIRECTORY, "[MASK] ".repeat(23)), "24", "25");
    }

    @Test
    void aMissingDirectoryIsNamed() {
        Path missing = parent.resolve("missing");
        assertFailed(1, fill(missing, "[MASK]"), missing.toString(), "does not exist");
    }

    @Test
    void anEncoderWithoutAHeadIsRefused() {
        Path encoder = Path.of("src/test/resources/pretrained/directories/encoder");
        assertFailed(1, fill(encoder, "[MASK]"), encoder.toString(), "has no masked-language-model head;");
    }

    @Test
    void damagedFilesAreNamed() throws IOException {
        Path directory = PretrainedFixture.copy(parent);
        Path config = directory.resolve("config.json");
        Path weights = directory.resolve("model.safetensors");
        byte[] goodConfig = Files.readAllBytes(config);
        byte[] goodWeights = Files.readAllBytes(weights);

        Files.writeString(config, "{\n\"vocab_size\": ");
        assertFailed(1, fill(directory, "[MASK]"), config.toString());
        Files.write(config, goodConfig);

        Files.write(weights, Arrays.copyOf(goodWeights, goodWeights.length - 1));
        assertFailed(1, fill(directory, "[MASK]"), weights.toString());

        Files.write(weights, "no tensors at all".getBytes(StandardCharsets.UTF_8));
        assertFailed(1, fill(directory, "[MASK]"), weights.toString());
        Files.write(weights, goodWeights);

        assertEquals(0, fill(directory, "[MASK]").code());
        Files.delete(directory.resolve("vocab.txt"));
        Files.delete(directory.resolve("tokenizer.json"));
        assertFailed(1, fill(directory, "[MASK]"), directory.toString(), "vocab.txt");
    }
}
