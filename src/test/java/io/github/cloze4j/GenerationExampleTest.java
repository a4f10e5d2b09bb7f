package io.github.cloze4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The Java example of docs/generation.md is compiled code, and it runs. */
class GenerationExampleTest {
    private static final Path MODEL = Path.of("src/test/resources/generation/tiny-decoder");

    @Test
    void theExampleIsTheCompiledOne() throws IOException {
        DocumentedExample.assertCompiled(Path.of("docs/generation.md"), GenerationExample.class);
    }

    @Test
    void theExampleWritesTexts(@TempDir Path directory) throws IOException, InterruptedException {
        Path model = Files.createDirectory(directory.resolve("my-writer"));
        try (Stream<Path> files = Files.list(MODEL)) {
            for (Path file : files.toList()) {
                Files.copy(file, model.resolve(file.getFileName()));
            }
        }

        List<String> lines = DocumentedExample.run(GenerationExample.class, directory)
                .lines()
                .toList();

        // Log messages stand before the texts.
        assertEquals(
                3,
                lines.stream().filter(line -> line.matches(".* -\\d+\\.\\d+")).count(),
                lines.toString());
        assertTrue(lines.get(lines.size() - 1).matches("[^\\[].*"), lines.toString());
    }
}
