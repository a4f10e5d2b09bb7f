package io.github.cloze4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.train.TrainingConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The optimizer Muon on the command line. */
class MuonCommandsTest {
    private static CliRun benchmark(String... more) {
        String[] options = {
            "benchmark", "--layers=1", "--hidden=32", "--heads=2", "--vocab-size=100", "--seq-len=16", "--batch-size=2"
        };
        return CliRun.of(Stream.concat(Stream.of(options), Stream.concat(Stream.of("--steps=1"), Stream.of(more)))
                .toArray(String[]::new));
    }

    private static String memory(CliRun run) {
        assertEquals(0, run.code(), run.err());
        return run.out()
                .lines()
                .filter(line -> line.startsWith("memory:"))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void aBenchmarkTakesItsMemory() {
        assertNotEquals(memory(benchmark()), memory(benchmark("--optimizer=muon")));
    }

    @Test
    void aNewModelHasALargerLearningRateUnlessAskedOtherwise(@TempDir Path root) throws IOException {
        Path corpus = PretrainFixture.writeCorpus(root.resolve("corpus.txt"), 100);
        String[] arguments = {"--corpus=" + corpus, "--steps=1", "--optimizer=muon"};
        CliRun.json(PretrainFixture.arguments(root.resolve("a"), arguments));
        assertEquals(OptionValues.text(TrainingConfig.MUON_LEARNING_RATE), rate(root.resolve("a")));
        String[] asked =
                Stream.concat(Stream.of(arguments), Stream.of("--lr=3e-4")).toArray(String[]::new);
        CliRun.json(PretrainFixture.arguments(root.resolve("b"), asked));
        assertEquals("3e-4", rate(root.resolve("b")));
    }

    private static String rate(Path output) throws IOException {
        Properties settings = new Properties();
        try (var reader = Files.newBufferedReader(output.resolve("pretrain.properties"))) {
            settings.load(reader);
        }
        return settings.getProperty("lr");
    }

    @Test
    void adaptersAreRefusedInOneLine() {
        CliRun run = benchmark("--optimizer=muon", "--adapter=lora");
        assertEquals(1, run.code(), run.out());
        assertTrue(run.err().contains("Use the optimizer adamw"), run.err());
    }
}
