package io.github.cloze4j.data.shards;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.corpus.DocumentSplit;
import io.github.cloze4j.data.DataFixtures;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Kills a process that prepares data over and over. */
class KilledPreparationTest {
    private static final int KILLS = 6;
    private static final int DOCUMENTS = 100;

    @TempDir
    Path root;

    /** What is killed: each round writes one more token to a document, and says so when it is done. */
    public static void main(String[] arguments) {
        for (int round = 1; ; round++) {
            int[] document = new int[round];
            new DataPreparation(text -> document, DataFixtures.tokenizer(10), 0, 2, new DocumentSplit(0))
                    .prepare(IntStream.range(0, DOCUMENTS).mapToObj(String::valueOf), Path.of(arguments[0]));
            System.out.write('.');
            System.out.flush();
        }
    }

    @Test
    void aKilledPreparationLeavesTheOldDataOrTheNew() throws IOException, InterruptedException {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int kill = 0; kill < KILLS; kill++) {
            Path parent = Files.createDirectory(root.resolve("kill-" + kill));
            Process process = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-Xshare:auto",
                            "-XX:TieredStopAtLevel=1",
                            "-cp",
                            System.getProperty("java.class.path"),
                            KilledPreparationTest.class.getName(),
                            parent.resolve("output").toString())
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            int finished;
            try (InputStream rounds = process.getInputStream()) {
                assertEquals('.', rounds.read(), "the process has to prepare before it is killed");
                Thread.sleep(random.nextInt(60));
                // Process.destroyForcibly would close the stream too.
                process.toHandle().destroyForcibly();
                process.waitFor();
                finished = 1 + rounds.readAllBytes().length;
            }
            assertComplete(parent, finished, seed);
        }
    }

    private static void assertComplete(Path parent, int finished, long seed) throws IOException {
        Path data = parent.resolve("output");
        if (!Files.exists(data)) {
            // Between the two renames.
            try (Stream<Path> found = Files.list(parent)) {
                List<Path> old =
                        found.filter(path -> path.toString().endsWith(".old")).toList();
                assertEquals(1, old.size(), "seed " + seed);
                data = old.get(0);
            }
        }
        try (TokenShards training = TokenShards.open(data.resolve("train"))) {
            assertEquals(DOCUMENTS, training.count());
            long round = training.tokens() / DOCUMENTS;
            assertTrue(round == finished || round == finished + 1, round + " after " + finished + ", seed " + seed);
        }
        TokenShards.open(data.resolve("validation")).close();
    }
}
