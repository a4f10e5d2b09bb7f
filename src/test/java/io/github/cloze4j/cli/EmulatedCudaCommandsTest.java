package io.github.cloze4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.kernel.cuda.EmulatedCudaProvider;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

/** Commands on the {@code cuda} kernels, all of them but the device. */
@EnabledIf(value = EmulatedCudaProvider.IS_AVAILABLE, disabledReason = EmulatedCudaProvider.NEEDS)
class EmulatedCudaCommandsTest {
    private static final String KERNELS = "--kernels=" + EmulatedCudaProvider.NAME;

    /** More activations than the emulated device has memory, which is 2 GiB. */
    private static final String[] TOO_MUCH = {"--batch-size=4000", "--seq-len=128"};

    @TempDir
    private Path directory;

    private static CliRun benchmark(String... more) {
        return with(
                new String[] {
                    "benchmark", KERNELS, "--layers=1", "--hidden=16", "--heads=2", "--vocab-size=50", "--steps=2"
                },
                more);
    }

    private static CliRun with(String[] arguments, String... more) {
        return CliRun.of(Stream.of(arguments, more).flatMap(Arrays::stream).toArray(String[]::new));
    }

    @Test
    void benchmarkSaysSpeedAndTheShareOfTheMeasuredPeak() {
        CliRun run = benchmark("--seq-len=16", "--batch-size=1", "--precision=bf16");
        assertEquals(0, run.code(), run.err());
        for (String line : List.of(
                "memory: [0-9.]+ MB at batch 1: parameters .*, gradients .*, moments .*, activations .*, scratch .*",
                "step ms median: .*",
                "tokens per second: .*",
                "model tflops: .*",
                "gemm peak gflops: .*",
                "gemm fraction: .*")) {
            assertTrue(run.out().lines().anyMatch(said -> said.matches(line)), run.out());
        }
    }

    @Test
    void whatDoesNotFitIsRefusedInOneLineWithTheLargestBatchThatDoes() throws IOException {
        assertRefused("benchmark", benchmark(TOO_MUCH));
        assertRefused("benchmark", benchmark(TOO_MUCH[0], TOO_MUCH[1], "--recompute-activations"));
        Path corpus = PretrainFixture.writeCorpus(directory.resolve("corpus.txt"), 20);
        Path output = directory.resolve("model");
        assertRefused(
                "pretrain",
                CliRun.of(PretrainFixture.arguments(
                        directory.resolve("none"), KERNELS, "--corpus=" + corpus, TOO_MUCH[0], TOO_MUCH[1])));

        Path model = directory.resolve("model");
        // The emulation takes long for a run whose kernels do not matter here.
        CliRun trained = CliRun.of(PretrainFixture.arguments(model, "--corpus=" + corpus, "--steps=1", "--seq-len=16"));
        assertEquals(0, trained.code(), trained.err());
        assertTrue(trained.out().contains("memory: "), trained.out());
        // Without the scratch of a backward pass more fits.
        assertRefused(
                "evaluate",
                CliRun.of(
                        "evaluate",
                        KERNELS,
                        "--model=" + model,
                        "--corpus=" + corpus,
                        "--batch-size=40000",
                        "--seq-len=128"));
    }

    private static void assertRefused(String command, CliRun run) {
        assertEquals(1, run.code(), run.out() + run.err());
        assertEquals(1, run.errorLines().size(), run.err());
        String line = run.errorLines().get(0);
        assertTrue(
                line.matches("error: Expected .*: needs [0-9.]+ GB at batch [0-9]+\\. Received: [0-9.]+ [GM]B free on"
                        + " emulated device, which has 2\\.15 GB\\. The largest batch that fits is [0-9]+: use"
                        + " it(, and accumulate batches for more rows a step, or compute activations again)?"
                        + " \\(--batch-size [0-9]+.*\\)"),
                line);
        String help = CliRun.of(command, "--help").out();
        List<String> options = Pattern.compile("--[a-z-]+")
                .matcher(line)
                .results()
                .map(MatchResult::group)
                .toList();
        assertTrue(options.stream().allMatch(help::contains), command + " lacks an option of: " + line);
    }
}
