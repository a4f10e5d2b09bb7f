package io.github.cloze4j.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.checkpoint.CheckpointStore;
import io.github.cloze4j.checkpoint.TrainingCheckpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The command line as a process of its own, ended by a signal. */
@EnabledOnOs(
        value = {OS.LINUX, OS.MAC},
        disabledReason = "only here can Java ask another process to end in order")
class SignalTest {
    private static final int STOPPED = 130;
    private static final long SIGINT_BIT = 1 << 1;
    private static final long MOST_SECONDS = 300;
    private static final long POLL_MILLIS = 20;

    @TempDir
    Path root;

    @Test
    void aTerminatedRunSavesExitsWith130AndGoesOnBitForBit() throws IOException, InterruptedException {
        Path corpus = PretrainFixture.writeCorpus(root.resolve("corpus.txt"), 100);
        Path output = root.resolve("stopped");
        // A constant rate does not depend on the budget, which is another in each of the runs below.
        String[] options = {
            "--corpus=" + corpus, "--seq-len=16", "--threads=1", "--schedule=constant", "--warmup=0", "--save-every=10"
        };

        Path printed = root.resolve("printed.txt");
        Process process = start(printed, PretrainFixture.arguments(output, with(options, "--steps=1000000000")));
        try {
            awaitCheckpoint(process, output.resolve("checkpoints"), printed);
            process.destroy();
            assertTrue(process.waitFor(MOST_SECONDS, TimeUnit.SECONDS), "still running");
        } finally {
            process.destroyForcibly();
        }

        String text = Files.readString(printed);
        assertEquals(STOPPED, process.exitValue(), text);
        assertTrue(text.contains("stopping: the step is finished"), text);
        int saved = text.indexOf("everything is saved: the same command with --resume");
        // Said when it is true: after the model has been written.
        assertTrue(text.indexOf("model: ") > 0 && saved > text.indexOf("model: " + output), text);
        long step = new CheckpointStore(output.resolve("checkpoints"), 2)
                .latest()
                .map(TrainingCheckpoint::step)
                .orElseThrow();
        assertTrue(text.contains("stopped after " + step + " steps"), text);
        assertEquals(
                0, CliRun.of("fill-mask", "--model=" + output, "the [MASK] .").code());

        String budget = "--steps=" + (step + 3);
        CliRun.json("pretrain", "--output=" + output, "--resume", budget);
        Path whole = root.resolve("whole");
        CliRun.json(PretrainFixture.arguments(whole, with(options, budget)));
        assertArrayEquals(
                Files.readAllBytes(whole.resolve("model.safetensors")),
                Files.readAllBytes(output.resolve("model.safetensors")));
    }

    @Test
    void aKilledRunLeavesAReportOfItsStateAndGoesOn() throws IOException, InterruptedException {
        Path corpus = PretrainFixture.writeCorpus(root.resolve("corpus.txt"), 100);
        Path output = root.resolve("killed");
        Path printed = root.resolve("printed.txt");
        Process process = start(
                printed,
                PretrainFixture.arguments(
                        output,
                        "--corpus=" + corpus,
                        "--seq-len=16",
                        "--threads=1",
                        "--schedule=constant",
                        "--steps=1000000000",
                        "--save-every=0.1s"));
        try {
            awaitCheckpoint(process, output.resolve("checkpoints"), printed);
            awaitReport(process, output.resolve("report.html"), printed);
            CliRun second = CliRun.of("pretrain", "--output=" + output, "--resume");
            assertEquals(1, second.code(), second.err());
            assertTrue(second.err().contains("process " + process.pid() + " on host "), second.err());
            // Nor is what the run has open replaced under it.
            for (String[] other : new String[][] {
                {
                    "prepare",
                    "--corpus=" + corpus,
                    "--vocab=" + output.resolve("vocab.txt"),
                    "--output=" + output.resolve("data")
                },
                {"train-vocab", "--size=60", "--corpus=" + corpus, "--output=" + output.resolve("vocab.txt")}
            }) {
                CliRun refused = CliRun.of(other);
                assertEquals(1, refused.code(), refused.err());
                assertTrue(refused.err().contains("process " + process.pid() + " on host "), refused.err());
            }
        } finally {
            process.destroyForcibly().waitFor();
        }

        assertTrue(Files.readString(output.resolve("report.html")).contains("the run goes on"));
        long step = new CheckpointStore(output.resolve("checkpoints"), 2)
                .latest()
                .map(TrainingCheckpoint::step)
                .orElseThrow();
        assertEquals(
                step + 1,
                CliRun.json("pretrain", "--output=" + output, "--resume", "--steps=" + (step + 1))
                        .get("steps")
                        .asLong());
        assertTrue(hidden(output).isEmpty(), hidden(output).toString());
    }

    private static List<String> hidden(Path directory) throws IOException {
        try (Stream<Path> found = Files.walk(directory)) {
            return found.map(path -> path.getFileName().toString())
                    .filter(name -> name.startsWith("."))
                    .toList();
        }
    }

    private static void awaitReport(Process process, Path report, Path printed)
            throws IOException, InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(MOST_SECONDS);
        while (!Files.exists(report)) {
            assertTrue(process.isAlive() && System.nanoTime() < deadline, Files.readString(printed));
            Thread.sleep(POLL_MILLIS);
        }
    }

    @Test
    void aTerminatedPreparationLeavesNothingAndTheDataThatStoodThere() throws IOException, InterruptedException {
        Path corpus = PretrainFixture.writeCorpus(root.resolve("corpus.txt"), 200_000);
        Path vocabulary = root.resolve("vocab.txt");
        CliRun.json("train-vocab", "--corpus=" + corpus, "--size=60", "--output=" + vocabulary);
        Path parent = Files.createDirectory(root.resolve("parent"));
        Path output = parent.resolve("data");
        String[] small = {
            "prepare",
            "--corpus=" + vocabulary,
            "--vocab=" + vocabulary,
            "--output=" + output,
            "--validation-fraction=0"
        };
        CliRun.json(small);
        byte[] before = Files.readAllBytes(output.resolve("train").resolve("tokens-00000.bin"));

        Path printed = root.resolve("printed.txt");
        Process process =
                start(printed, "prepare", "--corpus=" + corpus, "--vocab=" + vocabulary, "--output=" + output);
        try {
            awaitEntries(process, parent, 2, printed);
            process.destroy();
            assertTrue(process.waitFor(MOST_SECONDS, TimeUnit.SECONDS), "still running");
        } finally {
            process.destroyForcibly();
        }

        String text = Files.readString(printed);
        assertEquals(STOPPED, process.exitValue(), text);
        assertTrue(text.contains("stopped by a signal"), text);
        assertEquals(1, entries(parent), text);
        assertArrayEquals(before, Files.readAllBytes(output.resolve("train").resolve("tokens-00000.bin")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"learning a vocabulary", "preparing"})
    void aRunThatIsStoppedBeforeItsFirstStepLeavesNothing(String phase) throws IOException, InterruptedException {
        Path corpus = PretrainFixture.writeCorpus(root.resolve("corpus.txt"), 400_000);
        Path output = root.resolve("inner").resolve("above").resolve("model");

        String text = interruptOnce(phase, PretrainFixture.arguments(output, "--corpus=" + corpus, "--threads=1"));

        assertTrue(text.contains("stopping: what is not complete is deleted"), text);
        assertTrue(text.contains("stopped by a signal; " + output + " is as it was"), text);
        assertFalse(text.contains("error:"), text);
        assertEquals(0, entries(root.resolve("inner")), text);
    }

    @Test
    void aVocabularyThatIsNotCompleteIsNotWritten() throws IOException, InterruptedException {
        Path corpus = PretrainFixture.writeCorpus(root.resolve("corpus.txt"), 400_000);

        String text = interruptOnce(
                "learning a vocabulary",
                "train-vocab",
                "--corpus=" + corpus,
                "--size=100",
                "--threads=1",
                "--output=" + root.resolve("inner").resolve("vocab.txt"));

        assertTrue(text.contains("stopped by a signal"), text);
        assertEquals(0, entries(root.resolve("inner")), text);
    }

    @Test
    void aCommandThatWaitsForItsInputEndsToo() throws IOException, InterruptedException {
        Path inner = Files.createDirectory(root.resolve("inner"));
        Path vocabulary = Files.writeString(root.resolve("vocab.txt"), "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n");
        Path printed = root.resolve("printed.txt");
        Process process = start(printed, "tokenize", "--vocab=" + vocabulary, "--output=" + inner.resolve("ids.txt"));
        try {
            awaitEntries(process, inner, 1, printed);
            endInOrder(process, interrupt());
        } finally {
            process.destroyForcibly();
        }

        assertEquals(STOPPED, process.exitValue(), Files.readString(printed));
        assertEquals(0, entries(inner), Files.readString(printed));
    }

    /** A command that is interrupted while a library is loaded, which takes the first interrupt for its own. */
    public static final class TakesTheFirstInterrupt {
        private TakesTheFirstInterrupt() {}

        public static void main(String[] arguments) throws IOException {
            GracefulStop stop = new GracefulStop(System.out);
            stop.install();
            stop.interrupting(() -> {
                System.out.println("begun");
                for (int interrupts = 1; interrupts <= 2; interrupts++) {
                    try {
                        Thread.sleep(TimeUnit.SECONDS.toMillis(MOST_SECONDS));
                    } catch (InterruptedException taken) {
                        System.out.println("interrupt " + interrupts);
                    }
                }
                return stop;
            });
            stop.commandEnded(0);
        }
    }

    @Test
    void anInterruptThatALibraryTakesIsRepeated() throws IOException, InterruptedException {
        Path printed = root.resolve("printed.txt");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        TakesTheFirstInterrupt.class.getName())
                .redirectErrorStream(true)
                .redirectOutput(printed.toFile())
                .start();
        try {
            awaitText(process, "begun", printed);
            endInOrder(process, interrupt());
        } finally {
            process.destroyForcibly();
        }
        String text = Files.readString(printed);
        assertEquals(STOPPED, process.exitValue(), text);
        assertTrue(text.contains("interrupt 2"), text);
    }

    /** Runs until the output holds the text, interrupts the run, and returns what was printed. */
    private String interruptOnce(String announcement, String... arguments) throws IOException, InterruptedException {
        Path inner = Files.createDirectory(root.resolve("inner"));
        Path printed = root.resolve("printed.txt");
        Process process = start(printed, arguments);
        try {
            awaitText(process, announcement, printed);
            endInOrder(process, interrupt());
        } finally {
            process.destroyForcibly();
        }
        String text = Files.readString(printed);
        assertEquals(STOPPED, process.exitValue(), text);
        assertTrue(Files.exists(inner), text);
        return text;
    }

    /**
     * SIGINT, as Ctrl-C sends it. A shell starts what is in the background with SIGINT ignored, and so does every process
     * below it; a test in the background sends SIGTERM.
     */
    private static String interrupt() throws IOException {
        Path status = Path.of("/proc/self/status");
        if (!Files.isReadable(status)) {
            return "INT";
        }
        String ignored = Files.readAllLines(status).stream()
                .filter(line -> line.startsWith("SigIgn:"))
                .map(line -> line.substring("SigIgn:".length()).strip())
                .findFirst()
                .orElse("0");
        return (Long.parseUnsignedLong(ignored, 16) & SIGINT_BIT) == 0 ? "INT" : "TERM";
    }

    private static void endInOrder(Process process, String signal) throws IOException, InterruptedException {
        new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid()))
                .inheritIO()
                .start()
                .waitFor();
        assertTrue(process.waitFor(MOST_SECONDS, TimeUnit.SECONDS), "still running");
    }

    private static void awaitText(Process process, String text, Path printed) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(MOST_SECONDS);
        while (!Files.readString(printed).contains(text)) {
            assertTrue(process.isAlive() && System.nanoTime() < deadline, Files.readString(printed));
            Thread.sleep(POLL_MILLIS);
        }
    }

    private static void awaitEntries(Process process, Path directory, long wanted, Path printed)
            throws IOException, InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(MOST_SECONDS);
        while (entries(directory) < wanted) {
            assertTrue(process.isAlive() && System.nanoTime() < deadline, Files.readString(printed));
            Thread.sleep(1);
        }
    }

    private static long entries(Path directory) throws IOException {
        try (Stream<Path> found = Files.list(directory)) {
            return found.count();
        }
    }

    private static String[] with(String[] options, String more) {
        return Stream.concat(Stream.of(options), Stream.of(more)).toArray(String[]::new);
    }

    private static Process start(Path printed, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName()));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(printed.toFile())
                .start();
    }

    private static void awaitCheckpoint(Process process, Path checkpoints, Path printed)
            throws IOException, InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(MOST_SECONDS);
        while (!holdsCheckpoint(checkpoints)) {
            assertTrue(process.isAlive() && System.nanoTime() < deadline, Files.readString(printed));
            Thread.sleep(POLL_MILLIS);
        }
    }

    private static boolean holdsCheckpoint(Path checkpoints) throws IOException {
        if (!Files.isDirectory(checkpoints)) {
            return false;
        }
        try (Stream<Path> found = Files.list(checkpoints)) {
            return found.anyMatch(path -> path.getFileName().toString().startsWith("step-"));
        }
    }
}
