package io.github.cloze4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.pretrained.PretrainedFixture;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A number beyond its bound is refused at once, with the bound, before text is read or memory taken. */
class BoundsTest {
    private static final Duration AT_ONCE = Duration.ofSeconds(20);

    @TempDir
    Path root;

    private Path corpus;
    private Path vocabulary;

    @BeforeEach
    void writeInput() throws IOException {
        corpus = PretrainFixture.writeCorpus(root.resolve("corpus.txt"), 30);
        vocabulary = Files.writeString(root.resolve("vocab.txt"), "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nthe\ncat\n");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "pretrain --corpus=CORPUS --output=OUTPUT --layers=1000000; 4096",
                "pretrain --corpus=CORPUS --output=OUTPUT --hidden=2000000000 --heads=1; 1048576",
                "pretrain --corpus=CORPUS --output=OUTPUT --heads=2147483647; 1048576",
                "pretrain --corpus=CORPUS --output=OUTPUT --intermediate=2147483647; 4194304",
                "pretrain --corpus=CORPUS --output=OUTPUT --threads=100000; 4096",
                "pretrain --corpus=CORPUS --output=OUTPUT --accumulate=2147483647; 65536",
                "pretrain --corpus=CORPUS --output=OUTPUT --batch-size=2147483647; 1048576",
                "pretrain --corpus=CORPUS --output=OUTPUT --batch-size=1000000 --seq-len=512; 268435456",
                "pretrain --corpus=CORPUS --output=OUTPUT --seq-len=2147483647; 1048576",
                "pretrain --corpus=CORPUS --output=OUTPUT --steps=9223372036854775807; 1000000000000",
                "pretrain --corpus=CORPUS --output=OUTPUT --vocab-size=2147483647; 16777216",
                "pretrain --corpus=CORPUS --output=OUTPUT --steps=99999999999999999999; whole number",
                "train-vocab --corpus=CORPUS --output=OUTPUT --size=2147483647; 16777216",
                "train-vocab --corpus=CORPUS --output=OUTPUT --size=100 --threads=100000; 4096",
                "prepare --corpus=CORPUS --vocab=VOCAB --output=OUTPUT --threads=100000; 4096",
                "evaluate --corpus=CORPUS --model=MODEL --batch-size=2147483647; 1048576",
                "evaluate --corpus=CORPUS --model=MODEL --seq-len=2147483647; 1048576",
                "evaluate --corpus=CORPUS --model=MODEL --seq-len=16 --threads=100000; 4096",
                "fill-mask --model=MODEL --threads=100000 [MASK]; 4096",
                "benchmark --layers=1000000; 4096",
                "benchmark --steps=2147483647; 1000000",
                "benchmark --batch-size=2147483647; 1048576",
                "benchmark --vocab-size=2147483647; 16777216",
                "benchmark --threads=100000; 4096",
            })
    void isRefusedAtOnce(String line, String bound) {
        Path output = root.resolve("output");
        String[] arguments = line.replace("CORPUS", corpus.toString())
                .replace("VOCAB", vocabulary.toString())
                .replace("OUTPUT", output.toString())
                .replace("MODEL", PretrainedFixture.DIRECTORY.toString())
                .split(" ");

        CliRun run = assertTimeoutPreemptively(AT_ONCE, () -> CliRun.of(arguments));

        assertEquals(2, run.code(), run.err());
        assertEquals(1, run.errorLines().size(), run.err());
        assertTrue(run.errorLines().get(0).contains(bound), run.err());
        assertFalse(Files.exists(output));
    }

    @Test
    void manyPredictionsAndManyCheckpointsAreWhatThereIs() {
        assertEquals(
                0,
                CliRun.of("fill-mask", "--model=" + PretrainedFixture.DIRECTORY, "--top-k=2147483647", "the [MASK]")
                        .code());
        Path output = root.resolve("output");
        assertEquals(
                0,
                CliRun.of(PretrainFixture.arguments(
                                output, "--corpus=" + corpus, "--steps=1", "--seq-len=16", "--keep=2147483647"))
                        .code());
    }
}
