package io.github.cloze4j.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.cloze4j.files.FileTrees;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Commands under Java Flight Recorder and under async-profiler, which interrupt threads with signals wherever they are.
 * They end well and with the bytes of a run that nobody observes. Samples are ten times as dense as by default, so that
 * few steps suffice: with oneDNN 3.11, training under async-profiler died with a corrupted heap in 3 of 3 runs. Flight
 * Recorder sends fewer signals: longer runs under it died in 2 of 9, short ones in 0 of 3.
 */
class ProfilerTest {
    private static final int REPETITIONS = 10;
    private static final int FEW_STEPS = 12;
    private static final int MANY_STEPS = 60;

    @TempDir
    static Path shared;

    @TempDir
    Path root;

    private static Path corpus = Path.of("");

    @BeforeAll
    static void writeCorpus() throws IOException {
        corpus = PretrainFixture.writeCorpus(shared.resolve("corpus.txt"), 400);
    }

    @Test
    void trainingUnderFlightRecorderHasTheSameBytes() throws IOException, InterruptedException {
        train(flightRecorder(), "fp32", FEW_STEPS);
    }

    @Test
    void trainingUnderAsyncProfilerHasTheSameBytes() throws IOException, InterruptedException {
        train(asyncProfiler(), "fp32", FEW_STEPS);
    }

    @Tag("heavy")
    @RepeatedTest(REPETITIONS)
    void longTrainingUnderFlightRecorderHasTheSameBytes() throws IOException, InterruptedException {
        train(flightRecorder(), "fp32", MANY_STEPS);
        train(flightRecorder(), fastestPrecision(), MANY_STEPS);
    }

    @Tag("heavy")
    @RepeatedTest(REPETITIONS)
    void longTrainingUnderAsyncProfilerHasTheSameBytes() throws IOException, InterruptedException {
        train(asyncProfiler(), "fp32", MANY_STEPS);
        train(asyncProfiler(), fastestPrecision(), MANY_STEPS);
    }

    @Tag("heavy")
    @RepeatedTest(REPETITIONS)
    void otherCommandsPrintTheSame() throws IOException, InterruptedException {
        Path model = trained("fp32", FEW_STEPS);
        for (ChildRun.Command observed : List.of(flightRecorder(), asyncProfiler())) {
            for (List<String> command : List.of(
                    List.of("tokenize", "--vocab=" + model.resolve("vocab.txt"), "--input=" + corpus),
                    List.of("fill-mask", "--model=" + model, "the [MASK] sees the [MASK] in the garden ."),
                    List.of("embed", "--model=" + model, "--input=" + corpus),
                    List.of("pseudo-perplexity", "--model=" + model, "the cat sees the dog in the garden ."))) {
                String[] words = command.toArray(String[]::new);
                CliRun plain = CliRun.of(words);
                ChildRun run = observed.run(root, words);

                assertEquals(0, run.code(), command + run.err());
                assertEquals(plain.out(), withoutProfiler(run.out()), command.toString());
            }
        }
    }

    @Tag("heavy")
    @RepeatedTest(REPETITIONS)
    void otherCommandsWriteTheSame() throws IOException, InterruptedException {
        Path model = trained("fp32", FEW_STEPS);
        String vocabulary = "--vocab=" + model.resolve("vocab.txt");
        for (ChildRun.Command observed : List.of(flightRecorder(), asyncProfiler())) {
            for (List<String> command : List.of(
                    List.of("train-vocab", "--corpus=" + corpus, "--size=60"),
                    List.of("prepare", "--corpus=" + corpus, vocabulary),
                    List.of("export", "--model=" + model))) {
                Path plain = Files.createDirectory(root.resolve("plain")).resolve("out.onnx");
                Path output = Files.createDirectory(root.resolve("observed")).resolve("out.onnx");
                assertEquals(0, CliRun.of(with(command, plain)).code());
                ChildRun run = observed.run(root, with(command, output));

                assertEquals(0, run.code(), command + run.err());
                assertEquals(
                        PretrainFixture.contents(plain.getParent()),
                        PretrainFixture.contents(output.getParent()),
                        command.toString());
                FileTrees.delete(plain.getParent());
                FileTrees.delete(output.getParent());
            }
        }
    }

    private static String[] with(List<String> command, Path output) {
        return Stream.concat(command.stream(), Stream.of("--output=" + output)).toArray(String[]::new);
    }

    /** What the command itself printed: both profilers say on standard output that they have started. */
    private static String withoutProfiler(String out) {
        return out.lines()
                .filter(line -> !line.contains("[jfr,startup]") && !line.equals("Profiling started"))
                .map(line -> line + System.lineSeparator())
                .collect(Collectors.joining());
    }

    private void train(ChildRun.Command observed, String precision, int steps)
            throws IOException, InterruptedException {
        Path alone = trained(precision, steps);
        Path output = root.resolve("observed-" + precision);
        ChildRun run = observed.run(root, training(output, precision, steps));

        assertEquals(0, run.code(), run.out() + run.err());
        assertTrue(Files.size(root.resolve("profile.jfr")) > 0, "nothing was recorded");
        assertArrayEquals(
                Files.readAllBytes(alone.resolve("model.safetensors")),
                Files.readAllBytes(output.resolve("model.safetensors")));
        assertEquals(losses(alone), losses(output));
        assertEquals(steps, losses(output).size());
    }

    /** A model of this process, which nobody observes; trained once for all tests. */
    private static Path trained(String precision, int steps) {
        Path output = shared.resolve("alone-" + precision + "-" + steps);
        if (!Files.exists(output)) {
            CliRun run = CliRun.of(training(output, precision, steps));
            assertEquals(0, run.code(), run.err());
        }
        return output;
    }

    private static String[] training(Path output, String precision, int steps) {
        return new String[] {
            "pretrain",
            "--corpus=" + corpus,
            "--output=" + output,
            "--layers=2",
            "--hidden=128",
            "--heads=2",
            "--vocab-size=80",
            "--seq-len=128",
            "--batch-size=16",
            "--dropout=0.1",
            "--steps=" + steps,
            "--threads=2",
            "--precision=" + precision,
        };
    }

    private static List<JsonNode> losses(Path output) throws IOException {
        ObjectMapper json = new ObjectMapper();
        List<JsonNode> losses = new ArrayList<>();
        for (String line : Files.readAllLines(output.resolve("training.jsonl"))) {
            JsonNode event = json.readTree(line);
            if (event.path("event").asText().equals("step")) {
                losses.add(event.get("loss"));
            }
        }
        return losses;
    }

    /** The precision of the processor's fastest products: bf16 where it has them. */
    private static String fastestPrecision() {
        CliRun benchmark =
                CliRun.of("benchmark", "--layers=1", "--hidden=16", "--heads=2", "--steps=1", "--precision=bf16");
        return benchmark.code() == 0 ? "bf16" : "fp32";
    }

    private ChildRun.Command flightRecorder() {
        return new ChildRun.Command("-XX:StartFlightRecording:settings=profile,jdk.ExecutionSample#period=1ms,"
                + "jdk.NativeMethodSample#period=1ms,filename=" + root.resolve("profile.jfr"));
    }

    private ChildRun.Command asyncProfiler() throws IOException {
        return new ChildRun.Command("-agentpath:" + asyncProfilerLibrary() + "=start,event=itimer,interval=200us,file="
                + root.resolve("profile.jfr"));
    }

    /** The library for this platform, unpacked from async-profiler's jar. */
    private Path asyncProfilerLibrary() throws IOException {
        String system = System.getProperty("os.name").toLowerCase(Locale.ROOT);
        String processor = System.getProperty("os.arch").equals("aarch64") ? "arm64" : "x64";
        String platform = system.contains("mac") ? "macos" : "linux-" + processor;
        boolean has = system.contains("mac") || system.contains("linux");
        if (!has) {
            System.err.println("ProfilerTest: async-profiler has no library for " + system);
        }
        assumeTrue(has, "async-profiler runs on Linux and macOS only");
        Path library = root.resolve("libasyncProfiler.so");
        if (!Files.exists(library)) {
            try (InputStream packed = ProfilerTest.class.getResourceAsStream("/" + platform + "/libasyncProfiler.so")) {
                assertNotNull(packed, platform);
                Files.copy(packed, library);
            }
        }
        return library;
    }
}
