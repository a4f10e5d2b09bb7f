package io.github.cloze4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.cloze4j.files.DirectoryLock;
import io.github.cloze4j.kernel.Activation;
import io.github.cloze4j.model.BertConfig;
import io.github.cloze4j.pretrained.huggingface.ModelDirectory;
import io.github.cloze4j.tokenizer.TokenizerConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImportTest {
    private static final String CHECKPOINT = "src/test/resources/pretrained/google-bert";

    @TempDir
    Path directory;

    private String output() {
        return directory.resolve("model").toString();
    }

    @Test
    void aCheckpointBecomesAModelThatCanBeAsked() throws IOException {
        JsonNode result = CliRun.json("import", "--from", CHECKPOINT, "--output", output());

        BertConfig config = ModelDirectory.readConfig(Path.of(output()));
        assertEquals(Activation.GELU, config.hiddenAct());
        assertEquals(config.numHiddenLayers(), result.get("layers").asInt());
        assertEquals(config.hiddenSize(), result.get("hidden").asInt());
        assertEquals(config.vocabSize(), result.get("vocabulary").asInt());
        assertTrue(result.get("parameters").asLong() > config.vocabSize() * config.hiddenSize());
        List<String> names = new ArrayList<>();
        result.fieldNames().forEachRemaining(names::add);
        assertEquals(
                List.of("parameters", "tensors", "masked_lm_head", "layers", "hidden", "vocabulary", "seconds"), names);
        JsonNode answer = CliRun.json("fill-mask", "--model", output(), "the [MASK] sat", "--top-k", "3");
        assertEquals(3, answer.get("predictions").get(0).size());
    }

    @Test
    void caseAndActivationAreAsTheOptionsSay() {
        CliRun run =
                CliRun.of("import", "--from", CHECKPOINT, "--output", output(), "--cased", "--hidden-act", "gelu_new");

        assertEquals(0, run.code(), run.err());
        assertEquals(
                TokenizerConfig.cased(),
                ModelDirectory.readTokenizer(Path.of(output())).config());
        assertEquals(
                Activation.GELU_TANH,
                ModelDirectory.readConfig(Path.of(output())).hiddenAct());
    }

    @Test
    void whatIsNoCheckpointIsRefusedInOneLineAndLeavesNothing() throws IOException {
        Path empty = Files.createDirectory(directory.resolve("empty"));
        CliRun run = CliRun.of("import", "--from", empty.toString(), "--output", output());

        assertEquals(1, run.code());
        assertEquals(1, run.errorLines().size(), run.err());
        assertFalse(Files.exists(Path.of(output())));
    }

    @Test
    void aDirectoryThatARunUsesIsNotImportedInto() throws IOException {
        Path output = Path.of(output());
        try (DirectoryLock lock = DirectoryLock.acquire(output)) {
            lock.requireInPlace();
            CliRun run = CliRun.of("import", "--from", CHECKPOINT, "--output", output());

            assertEquals(1, run.code(), run.err());
            assertTrue(run.err().contains("no other run uses"), run.err());
            try (Stream<Path> files = Files.list(output)) {
                assertEquals(1, files.count());
            }
        }
        assertFalse(Files.exists(output));
    }

    @Test
    void anUnknownActivationIsWrongUsage() {
        CliRun run = CliRun.of("import", "--from", CHECKPOINT, "--output", output(), "--hidden-act", "xielu");

        assertEquals(2, run.code(), run.err());
    }
}
