package io.github.cloze4j.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command line under options of Java that leave it little room. */
class JavaOptionsTest {
    @TempDir
    Path root;

    /** oneDNN puts 512 KB on the stack of the thread that loads it, which ended the process here. */
    @Test
    void stacksMayBeSmall() throws IOException, InterruptedException {
        trainsTheSameBytes(new ChildRun.Command("-Xss200k"));
    }

    @Test
    void theHeapMayBeSmall() throws IOException, InterruptedException {
        trainsTheSameBytes(new ChildRun.Command("-Xmx256m"));
    }

    private void trainsTheSameBytes(ChildRun.Command command) throws IOException, InterruptedException {
        Path corpus = PretrainFixture.writeCorpus(root.resolve("corpus.txt"), 200);
        String[] options = {"--corpus=" + corpus, "--seq-len=128", "--batch-size=4", "--steps=2"};
        Path plain = root.resolve("plain");
        CliRun.json(PretrainFixture.arguments(plain, options));
        Path output = root.resolve("output");
        ChildRun run = command.run(root, PretrainFixture.arguments(output, options));

        assertEquals(0, run.code(), run.err());
        assertArrayEquals(
                Files.readAllBytes(plain.resolve("model.safetensors")),
                Files.readAllBytes(output.resolve("model.safetensors")));
    }
}
