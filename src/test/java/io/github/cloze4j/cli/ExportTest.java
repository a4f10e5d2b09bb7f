package io.github.cloze4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.cloze4j.pretrained.PretrainedFixture;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExportTest {
    private static final String MODEL = PretrainedFixture.DIRECTORY.toString();

    @TempDir
    Path directory;

    private static void assertFailed(int code, CliRun run, String... words) {
        assertEquals(code, run.code(), run.err());
        assertEquals(1, run.errorLines().size(), run.err());
        for (String word : words) {
            assertTrue(run.errorLines().get(0).contains(word), run.err());
        }
    }

    @Test
    void theResultIsToldInJson() throws IOException {
        Path whole = directory.resolve("whole.onnx");
        Path encoder = directory.resolve("encoder.onnx");

        JsonNode result = CliRun.json("export", "--model", MODEL, "--format", "onnx", "--output", whole.toString());
        JsonNode encoderResult =
                CliRun.json("export", "--model", MODEL, "--encoder-only", "--output", encoder.toString());

        assertEquals("logits", result.get("result").asText());
        assertEquals(17, result.get("opset").asInt());
        assertEquals(Files.size(whole), result.get("bytes").asLong());
        assertEquals("last_hidden_state", encoderResult.get("result").asText());
        assertTrue(Files.size(encoder) < Files.size(whole));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            classes   | logits
            tags      | logits
            questions | start_logits, end_logits
            choices   | logits
            relations | logits
            """)
    void aFineTunedModelIsWrittenWithItsHeadOrWithout(String name, String results) throws IOException {
        String model = "src/test/resources/pretrained/heads/" + name;
        Path whole = directory.resolve("whole.onnx");
        Path encoder = directory.resolve("encoder.onnx");
        JsonNode result = CliRun.json("export", "--model", model, "--output", whole.toString());
        assertEquals(results, result.get("result").asText());
        assertEquals(Files.size(whole), result.get("bytes").asLong());
        result = CliRun.json("export", "--model", model, "--encoder-only", "--output", encoder.toString());
        assertEquals("last_hidden_state", result.get("result").asText());
    }

    @Test
    void anEncoderWithoutAHeadIsEnoughForAnEncoder() {
        String encoder = "src/test/resources/pretrained/directories/encoder";
        Path file = directory.resolve("encoder.onnx");

        assertFailed(1, CliRun.of("export", "--model", encoder, "--output", file.toString()), "no", "head");
        assertFalse(Files.exists(file));
        CliRun run = CliRun.of("export", "--model", encoder, "--encoder-only", "--output", file.toString());

        assertEquals(0, run.code(), run.err());
        assertTrue(Files.exists(file));
    }

    @Test
    void otherFormatsAreWrongUsage() {
        Path file = directory.resolve("file");

        assertFailed(
                2,
                CliRun.of("export", "--model", MODEL, "--format", "huggingface", "--output", file.toString()),
                "--format onnx",
                "huggingface");
        assertFailed(2, CliRun.of("export", "--model", MODEL), "--output");
        assertFailed(2, CliRun.of("export", "--output", file.toString()), "--model");
        assertFalse(Files.exists(file));
    }

    @Test
    void whatCannotBeReadLeavesTheFormerFile() throws IOException {
        Path file = Files.writeString(directory.resolve("model.onnx"), "former");
        Path model = PretrainedFixture.copy(directory);
        Files.writeString(model.resolve("model.safetensors"), "no tensors at all");

        assertFailed(
                1, CliRun.of("export", "--model", model.toString(), "--output", file.toString()), model.toString());
        assertEquals("former", Files.readString(file));
    }

    @Test
    void aPlaceWhereNoFileCanStandIsNamed() {
        Path file = directory.resolve("missing").resolve("model.onnx");
        for (Path place : List.of(directory, file)) {
            CliRun run = CliRun.of("export", "--model", MODEL, "--output", place.toString());
            assertFailed(1, run, place + ": Expected to write the file");
            assertFalse(run.err().contains(".tmp"), run.err());
            // Said before the model is read.
            CliRun both = CliRun.of("export", "--model", file.toString(), "--output", place.toString());
            assertFailed(1, both, place + ": Expected to write the file");
        }
    }
}
