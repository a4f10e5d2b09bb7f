package io.github.cloze4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.cloze4j.pretrained.PretrainedFixture;
import io.github.cloze4j.pretrained.huggingface.ModelDirectory;
import io.github.cloze4j.tokenizer.Vocabulary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every command with a model whose tokenizer has added tokens beyond its vocabulary file, as transformers 4 saved them. */
class AddedTokensCommandsTest {
    @TempDir
    Path root;

    private Path model;
    private int size;

    @BeforeEach
    void makeModel() throws IOException {
        model = Files.createDirectory(root.resolve("model"));
        for (String name : List.of("config.json", "model.safetensors", "tokenizer_config.json")) {
            Files.copy(PretrainedFixture.DIRECTORY.resolve(name), model.resolve(name));
        }
        List<String> tokens = Files.readAllLines(PretrainedFixture.DIRECTORY.resolve("vocab.txt"));
        size = tokens.size();
        Files.write(model.resolve("vocab.txt"), tokens.subList(0, size - 2));
        Files.writeString(
                model.resolve("added_tokens.json"), "{\"[E1]\": %d, \"vole\": %d}".formatted(size - 2, size - 1));
        Files.writeString(model.resolve("special_tokens_map.json"), "{\"extra_special_tokens\": [\"[E1]\"]}");
    }

    @Test
    void everyCommandTakesAddedTokens() throws IOException {
        Path corpus = Files.writeString(root.resolve("corpus.txt"), "the [E1] cat saw a vole\n".repeat(40));
        JsonNode filled = CliRun.json("fill-mask", "--kernels=nd4j", "--model=" + model, "[E1] the [MASK] vole");
        assertTrue(filled.has("predictions"), filled.toString());
        assertEquals(0, run("embed", "--model=" + model, "the [E1] vole").code());
        assertEquals(
                0,
                run("export", "--model=" + model, "--output=" + root.resolve("model.onnx"))
                        .code());
        assertEquals(
                0,
                run("evaluate", "--kernels=nd4j", "--model=" + model, "--corpus=" + corpus, "--seq-len=16")
                        .code());

        Path output = root.resolve("further");
        List<String> pretrain = List.of(
                "pretrain",
                "--kernels=nd4j",
                "--from=" + model,
                "--corpus=" + corpus,
                "--output=" + output,
                "--seq-len=16",
                "--batch-size=2",
                "--steps=1");
        assertEquals(0, run(pretrain.toArray(String[]::new)).code());
        Vocabulary vocabulary = ModelDirectory.readTokenizer(output).vocabulary();
        assertEquals(ModelDirectory.readTokenizer(model).vocabulary(), vocabulary);
        assertEquals(size - 2, vocabulary.id("[E1]"));
        assertTrue(vocabulary.isSpecial(size - 2));
        assertEquals(size, ModelDirectory.readConfig(output).vocabSize());
    }

    /** An id that no embedding has would be a wrong row, or none. */
    @Test
    void aTokenThatTheModelHasNoEmbeddingForIsRefused() throws IOException {
        Files.writeString(model.resolve("special_tokens_map.json"), "{\"extra_special_tokens\": [\"[E1]\", \"[E2]\"]}");
        CliRun run = run("embed", "--model=" + model, "the cat");
        assertEquals(1, run.code());
        assertTrue(run.err().contains(Integer.toString(size + 1)), run.err());
    }

    private static CliRun run(String... arguments) {
        CliRun run = CliRun.of(arguments);
        System.out.println(arguments[0] + ": " + run.err());
        return run;
    }
}
