package io.github.cloze4j.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.tensors.NamedTensor;
import io.github.cloze4j.tensors.TensorType;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A process that saves without pause is killed at random moments: no checkpoint that it had completed is lost. */
class KilledSavesTest {
    private static final int BYTES = 3 << 20;
    private static final int KEPT = 2;

    private final long seed = System.nanoTime();
    private final Random random = new Random(seed);

    @TempDir
    Path directory;

    /** The child process: goes on from the latest checkpoint and prints each step that is saved. */
    public static void main(String[] arguments) {
        CheckpointStore store = new CheckpointStore(Path.of(arguments[0]), KEPT);
        long step = store.latest().map(TrainingCheckpoint::step).orElse(0L);
        store.lock();
        while (true) {
            step++;
            store.save(checkpoint(step));
            System.out.println(step);
        }
    }

    private static TrainingCheckpoint checkpoint(long step) {
        byte[] bytes = new byte[BYTES];
        Arrays.fill(bytes, (byte) step);
        NamedTensor tensor = new NamedTensor("weight", TensorType.U8, new long[] {BYTES}, ByteBuffer.wrap(bytes));
        return new TrainingCheckpoint(step, Map.of("step", Long.toString(step)), List.of(tensor));
    }

    @Test
    void killedAtAFewMoments() throws IOException, InterruptedException {
        kill(4);
    }

    @Test
    @Tag("heavy")
    void killedAtTwoHundredMoments() throws IOException, InterruptedException {
        kill(200);
    }

    private void kill(int times) throws IOException, InterruptedException {
        System.err.println("KilledSavesTest seed " + seed);
        long saved = 0;
        for (int i = 0; i < times; i++) {
            saved = Math.max(saved, runAndKill());
            TrainingCheckpoint latest =
                    new CheckpointStore(directory, KEPT).latest().orElseThrow();
            assertTrue(latest.step() >= saved, latest.step() + " after " + saved);
            assertEquals(checkpoint(latest.step()), latest);
        }
        // The lock of a killed process does not count, and its leftovers go with the next save.
        new CheckpointStore(directory, KEPT).save(checkpoint(saved + 1000));
        try (Stream<Path> entries = Files.list(directory)) {
            assertTrue(entries.noneMatch(path -> path.getFileName().toString().startsWith(".")));
        }
    }

    /** Returns the last step that the process has said to be saved. */
    private long runAndKill() throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx64m",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        KilledSavesTest.class.getName(),
                        directory.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader printed =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            long last = Long.parseLong(printed.readLine());
            Thread.sleep(random.nextInt(150));
            // Process.destroyForcibly would close what it printed.
            assertTrue(process.toHandle().destroyForcibly());
            for (String line = printed.readLine(); line != null; line = printed.readLine()) {
                last = Long.parseLong(line);
            }
            process.waitFor();
            return last;
        } finally {
            process.destroyForcibly();
        }
    }
}
