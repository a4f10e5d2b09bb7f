package io.github.cloze4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.pretrained.huggingface.ModelDirectory;
import io.github.cloze4j.tokenizer.TokenizerConfig;
import io.github.cloze4j.tokenizer.training.WordPieceTrainer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The Java example of README.md is compiled code, and it runs. */
class ReadmeTest {
    @Test
    void theExampleWritesAModel(@TempDir Path directory) throws IOException, InterruptedException {
        List<String> corpus = IntStream.range(0, 50)
                .mapToObj(i -> "the number " + i + " comes after the number " + (i - 1) + " .")
                .toList();
        Files.write(directory.resolve("corpus.txt"), corpus);
        String vocabulary = WordPieceTrainer.train(
                        corpus.stream(), new WordPieceTrainer.Config(60, TokenizerConfig.uncased(), 2, 1))
                .toText();
        Files.writeString(directory.resolve("vocab.txt"), vocabulary);
        String output = DocumentedExample.run(ReadmeExample.class, directory);
        assertTrue(output.contains("TrainingResult[steps=20"), output);
        assertEquals(2, ModelDirectory.readConfig(directory.resolve("my-bert")).numHiddenLayers());
    }

    @Test
    void theExampleIsTheCompiledOne() throws IOException {
        DocumentedExample.assertCompiled(Path.of("README.md"), ReadmeExample.class);
    }
}
