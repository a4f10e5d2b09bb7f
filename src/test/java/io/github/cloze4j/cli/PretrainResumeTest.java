package io.github.cloze4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.cli.pretrain.OutputRollback;
import io.github.cloze4j.cli.pretrain.PretrainOutput;
import io.github.cloze4j.files.DirectoryLock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run is resumed, begun again, or met by a second one: what is there is never lost unasked. */
class PretrainResumeTest {
    @TempDir
    Path root;

    private Path corpus;
    private Path output;

    @BeforeEach
    void aFinishedRun() throws IOException {
        corpus = PretrainFixture.writeCorpus(root.resolve("corpus.txt"), 60);
        output = root.resolve("model");
        CliRun.json(PretrainFixture.arguments(
                output, "--corpus=" + corpus, "--seq-len=16", "--steps=4", "--save-every=2", "--keep=2"));
    }

    private void assertRefused(int code, List<String> words, String... options) throws IOException {
        Map<String, String> before = PretrainFixture.contents(root);
        List<String> arguments = new ArrayList<>(List.of("pretrain"));
        arguments.addAll(Arrays.asList(options));
        CliRun run = CliRun.of(arguments.toArray(String[]::new));
        assertEquals(code, run.code(), run.err());
        assertEquals(1, run.errorLines().size(), run.err());
        for (String word : words) {
            assertTrue(run.errorLines().get(0).contains(word), run.err());
        }
        assertEquals(before, PretrainFixture.contents(root));
    }

    private void damageAllCheckpoints() throws IOException {
        try (Stream<Path> steps = Files.list(output.resolve("checkpoints"))) {
            for (Path step : steps.toList()) {
                Path tensors = step.resolve("training.safetensors");
                byte[] bytes = Files.readAllBytes(tensors);
                bytes[bytes.length / 2] ^= 1;
                Files.write(tensors, bytes);
            }
        }
    }

    @Test
    void aSecondRunOnADirectoryInUseNamesTheFirstAndTouchesNothing() throws IOException {
        List<String> words =
                List.of(output.toString(), "process " + ProcessHandle.current().pid() + " on host ");
        try (DirectoryLock lock = DirectoryLock.acquire(output)) {
            lock.requireInPlace();
            // The content of the lock's file is not compared: reading it could give the lock back.
            for (String option : List.of("--steps=5", "--resume", "--restart")) {
                CliRun run = CliRun.of("pretrain", "--output=" + output, "--corpus=" + corpus, option);
                assertEquals(1, run.code(), run.err());
                words.forEach(word -> assertTrue(run.err().contains(word), run.err()));
                assertTrue(Files.exists(output.resolve("checkpoints/step-4")));
                assertTrue(Files.exists(output.resolve("pretrain.properties")));
            }
        }
        assertFalse(Files.exists(output.resolve(".cloze4j-lock")));
        Path fresh = root.resolve("fresh");
        try (DirectoryLock lock = DirectoryLock.acquire(fresh)) {
            lock.requireInPlace();
            Path settings = Files.writeString(fresh.resolve("pretrain.properties"), "of the winner");
            assertEquals(
                    1,
                    CliRun.of(PretrainFixture.arguments(fresh, "--corpus=" + corpus))
                            .code());
            assertEquals("of the winner", Files.readString(settings));
        }
    }

    @Test
    void damagedCheckpointsEndAResumeAndTheModelStays() throws IOException {
        damageAllCheckpoints();
        assertRefused(
                1,
                List.of("2 damaged", "step-2: training.safetensors", "step-4: training.safetensors", "--restart"),
                "--output=" + output,
                "--resume");

        CliRun again = CliRun.of("pretrain", "--output=" + output, "--restart", "--steps=3");

        assertEquals(0, again.code(), again.err());
        assertTrue(Files.exists(output.resolve("checkpoints/step-3")));
        assertFalse(Files.exists(output.resolve("checkpoints/step-4")));
        String log = Files.readString(output.resolve("training.jsonl"));
        assertEquals(1, log.lines().filter(line -> line.contains("\"start\"")).count());
        assertFalse(Files.exists(output.resolve(".cloze4j-former-run")));
        assertTrue(Files.readString(output.resolve("pretrain.properties")).contains("seq-len=16"));
    }

    @Test
    void aDirectoryWithoutARunIsNotResumedAndNotMade() throws IOException {
        Path mistyped = root.resolve("modle");
        assertRefused(1, List.of(mistyped.toString(), "does not exist"), "--output=" + mistyped, "--resume");
        assertRefused(1, List.of(mistyped.toString(), "--restart"), "--output=" + mistyped, "--restart");
        Files.createDirectory(mistyped);
        assertRefused(1, List.of(mistyped.toString(), "Received: none"), "--output=" + mistyped, "--resume");
        Files.writeString(mistyped.resolve("vocab.txt"), "of the user");
        assertRefused(1, List.of("pretrain.properties"), "--output=" + mistyped, "--restart");
    }

    /** Other options than the run's would train another schedule to the end without a word. */
    @Test
    void checkpointsWithoutTheOptionsOfTheirRunAreNotResumed() throws IOException {
        Files.delete(output.resolve("pretrain.properties"));
        assertRefused(
                1,
                List.of("Expected pretrain.properties, the options of the run", output.toString()),
                "--output=" + output,
                "--corpus=" + corpus,
                "--seq-len=16",
                "--steps=6",
                "--resume");
    }

    @Test
    void aRunThatEndedBeforeItsFirstCheckpointBeginsAgainOnlyIfToldSo() throws IOException {
        try (Stream<Path> tree = Files.walk(output.resolve("checkpoints"))) {
            for (Path path : tree.sorted(java.util.Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
        assertRefused(1, List.of("Received: none", "--restart"), "--output=" + output, "--resume");
        assertEquals(
                4,
                CliRun.json("pretrain", "--output=" + output, "--restart")
                        .get("steps")
                        .asLong());
    }

    @Test
    void aRestartThatIsRefusedBringsAllBack() throws IOException {
        Path absent = root.resolve("absent.txt");
        assertRefused(1, List.of(absent.toString()), "--output=" + output, "--restart", "--corpus=" + absent);
        assertRefused(1, List.of("cuda"), "--output=" + output, "--restart", "--kernels=cuda");
        assertRefused(2, List.of("--resume", "--restart"), "--output=" + output, "--restart", "--resume");
        CliRun diverged = CliRun.of("pretrain", "--output=" + output, "--restart", "--lr=1e300", "--warmup=0");
        assertEquals(3, diverged.code(), diverged.err());
    }

    @Test
    void aRestartThatWasKilledBeforeItsFirstStepLosesNothing() throws IOException {
        Map<String, String> before = PretrainFixture.contents(output);
        PretrainOutput run = new PretrainOutput(output);
        // As a process leaves it that is killed: nobody closes the rollback.
        OutputRollback.ofRestart(run, List.of());
        CliRun refused = CliRun.of("pretrain", "--output=" + output, "--restart", "--kernels=cuda");
        assertEquals(1, refused.code(), refused.err());
        assertEquals(before, PretrainFixture.contents(output));

        OutputRollback.ofRestart(run, List.of());
        Files.writeString(run.vocabulary(), "of the killed run");
        Files.writeString(run.settings(), "seq-len=64");
        assertEquals(
                5,
                CliRun.json("pretrain", "--output=" + output, "--resume", "--steps=5")
                        .get("steps")
                        .asLong());
        assertFalse(Files.exists(run.former()));
    }

    @Test
    void anOutputDirectoryThatIsRenamedUnderARunEndsItWithALine() throws Exception {
        Path running = root.resolve("running");
        ExecutorService thread = Executors.newSingleThreadExecutor();
        try {
            Future<CliRun> run = thread.submit(() -> CliRun.of(PretrainFixture.arguments(
                    running,
                    "--corpus=" + corpus,
                    "--seq-len=16",
                    "--steps=1000000000",
                    "--save-every=0.1s",
                    "--threads=1")));
            long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(300);
            while (!Files.exists(running.resolve("report.html"))) {
                assertTrue(!run.isDone() && System.nanoTime() < deadline, "no report");
                Thread.sleep(10);
            }
            Path renamed = Files.move(running, root.resolve("renamed"));

            CliRun ended = run.get(300, TimeUnit.SECONDS);

            assertEquals(1, ended.code(), ended.err());
            assertEquals(1, ended.errorLines().size(), ended.err());
            assertTrue(ended.errorLines().get(0).contains(running.toString()), ended.err());
            assertFalse(Files.exists(running));
            CliRun again = CliRun.of("pretrain", "--output=" + renamed, "--resume", "--time-limit=0.001s");
            assertTrue(again.err().contains("training time"), again.err());
        } finally {
            thread.shutdownNow();
        }
    }

    @Test
    void aDirectoryInTheWayOfTheModelIsRefusedAtTheStart() throws IOException {
        Files.delete(output.resolve("README.md"));
        Files.createDirectory(output.resolve("README.md"));
        assertRefused(1, List.of("README.md", "a directory"), "--output=" + output, "--resume", "--steps=9");
    }

    @Test
    void aBudgetBelowWhatIsDoneIsRefusedAndTheSettingsStay() throws IOException {
        assertRefused(1, List.of("at least 4 steps", "3 steps"), "--output=" + output, "--resume", "--steps=3");
        assertRefused(1, List.of("training time"), "--output=" + output, "--resume", "--time-limit=0.001s");
        assertEquals(
                5,
                CliRun.json("pretrain", "--output=" + output, "--resume", "--steps=5")
                        .get("steps")
                        .asLong());
    }
}
