package io.github.cloze4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.pretrained.huggingface.ModelDirectory;
import io.github.cloze4j.tokenizer.TokenizerConfig;
import io.github.cloze4j.tokenizer.training.WordPieceTrainer;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The Java example of README.md is compiled code, and it runs. */
class ReadmeTest {
    private static final Path README = Path.of("README.md");
    private static final Path SOURCE = Path.of("src/test/java/io/github/cloze4j/ReadmeExample.java");
    private static final Pattern JAVA_BLOCK =
            Pattern.compile("<!-- ReadmeExample.java -->\\s*```java\\R(.*?)```", Pattern.DOTALL);
    private static final Pattern BETWEEN_MARKERS = Pattern.compile("// begin\\R(.*?)// end", Pattern.DOTALL);
    private static final long MOST_SECONDS = 300;

    private static String withoutSpace(Path file, Pattern part) throws IOException {
        Matcher matcher = part.matcher(Files.readString(file));
        assertTrue(matcher.find(), file + " has no part " + part);
        return matcher.group(1).replaceAll("\\s+", "");
    }

    @Test
    void theExampleIsTheCompiledOne() throws IOException {
        String example = withoutSpace(README, JAVA_BLOCK);

        assertFalse(example.isEmpty());
        assertEquals(withoutSpace(SOURCE, BETWEEN_MARKERS), example);
    }

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
        Path printed = directory.resolve("printed.txt");

        Process example = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        absoluteClassPath(),
                        ReadmeExample.class.getName())
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(printed.toFile())
                .start();
        try {
            assertTrue(example.waitFor(MOST_SECONDS, TimeUnit.SECONDS), "still running");
        } finally {
            example.destroyForcibly();
        }

        String output = Files.readString(printed);
        assertEquals(0, example.exitValue(), output);
        assertTrue(output.contains("TrainingResult[steps=20"), output);
        assertEquals(2, ModelDirectory.readConfig(directory.resolve("my-bert")).numHiddenLayers());
    }

    /** The example has a working directory of its own. */
    private static String absoluteClassPath() {
        return Stream.of(System.getProperty("java.class.path").split(Pattern.quote(File.pathSeparator)))
                .map(entry -> Path.of(entry).toAbsolutePath().toString())
                .collect(Collectors.joining(File.pathSeparator));
    }
}
