package io.github.cloze4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run in a JVM with little heap and less direct memory than a checkpoint has bytes. */
class SmallMemoryTest {
    private static final long MOST_SECONDS = 300;
    private static final int DIRECT_MEGABYTES = 8;

    @TempDir
    Path root;

    /** The child process: trains and saves, then resumes. */
    public static void main(String[] arguments) {
        Path output = Path.of(arguments[0]);
        run(
                "pretrain",
                "--output=" + output,
                "--corpus=" + arguments[1],
                "--layers=2",
                "--hidden=256",
                "--heads=4",
                "--vocab-size=80",
                "--seq-len=16",
                "--batch-size=1",
                "--steps=2",
                "--threads=1");
        run("pretrain", "--output=" + output, "--resume", "--steps=3");
        run("fill-mask", "--model=" + output, "the cat sees the [MASK] .");
    }

    private static void run(String... arguments) {
        int code = Main.run(System.out, System.err, arguments);
        if (code != 0) {
            System.exit(code);
        }
    }

    @Test
    void aRunSavesAndResumesInLessDirectMemoryThanItsCheckpointTakes() throws IOException, InterruptedException {
        Path corpus = PretrainFixture.writeCorpus(root.resolve("corpus.txt"), 60);
        Path output = root.resolve("model");
        Path printed = root.resolve("printed.txt");
        Process process = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx48m",
                        "-XX:MaxDirectMemorySize=" + DIRECT_MEGABYTES + "m",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        SmallMemoryTest.class.getName(),
                        output.toString(),
                        corpus.toString()))
                .redirectErrorStream(true)
                .redirectOutput(printed.toFile())
                .start();
        try {
            assertTrue(process.waitFor(MOST_SECONDS, TimeUnit.SECONDS), "still running");
        } finally {
            process.destroyForcibly();
        }

        String text = Files.readString(printed);
        assertEquals(0, process.exitValue(), text);
        assertTrue(text.contains("resumed after step 2"), text);
        long checkpoint = Files.size(output.resolve("checkpoints/step-3/training.safetensors"));
        assertTrue(checkpoint > 2L * DIRECT_MEGABYTES << 20, "a checkpoint of " + checkpoint + " bytes");
    }
}
