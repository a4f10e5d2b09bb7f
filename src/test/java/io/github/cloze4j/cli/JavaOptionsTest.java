package io.github.cloze4j.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command line with little room: small stacks and heaps, directories that cannot be used. */
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

    /** A file in the place of the home directory and of the temporary one. */
    @Test
    void directoriesThatCannotBeWrittenAreNamed() throws IOException, InterruptedException {
        Path file = Files.createFile(root.resolve("file"));
        ChildRun run = new ChildRun.Command("-Duser.home=" + file, "-Djava.io.tmpdir=" + file)
                .run(root, "benchmark", "--preset=tiny", "--steps=1");

        assertEquals(1, run.code(), run.err());
        assertEquals(1, run.errorLines().size(), run.err());
        String error = run.errorLines().get(0);
        assertTrue(error.contains(file.resolve(".javacpp") + " nor the temporary directory " + file), error);
        assertTrue(error.endsWith("with -Dorg.bytedeco.javacpp.cachedir=DIR"), error);
        assertTrue(run.err().contains("name another with -Djna.tmpdir=DIR"), run.err());
        assertFalse(run.err().contains("\tat "), run.err());
    }

    @Tag("heavy")
    @Test
    void directoriesThatHoldNoProgramsAreNamed() throws IOException, InterruptedException {
        Path mount = Files.createDirectory(root.resolve("noexec"));
        boolean mounted = new ProcessBuilder("mount", "-t", "tmpfs", "-o", "noexec", "tmpfs", mount.toString())
                        .start()
                        .waitFor()
                == 0;
        if (!mounted) {
            System.err.println("JavaOptionsTest: this user may not mount a file system with noexec");
        }
        assumeTrue(mounted, "mount is not permitted");
        try {
            ChildRun run = new ChildRun.Command("-Duser.home=" + mount, "-Djava.io.tmpdir=" + mount)
                    .run(root, "benchmark", "--preset=tiny", "--steps=1");

            assertEquals(1, run.code(), run.err());
            assertEquals(1, run.errorLines().size(), run.err());
            assertTrue(
                    run.errorLines().get(0).contains("in which no program may run (mount option noexec)"), run.err());
        } finally {
            assertEquals(
                    0, new ProcessBuilder("umount", mount.toString()).start().waitFor());
        }
    }

    @Tag("heavy")
    @Test
    void twoProcessesMayUnpackNativesAtOnce() throws IOException, InterruptedException {
        ChildRun.Command command = new ChildRun.Command(
                "-Dorg.bytedeco.javacpp.cachedir=" + root.resolve("cache"), "-Djna.tmpdir=" + root);
        Path first = Files.createDirectory(root.resolve("first"));
        Path second = Files.createDirectory(root.resolve("second"));
        String[] arguments = {"benchmark", "--layers=1", "--hidden=16", "--heads=2", "--steps=1"};
        Process one = command.start(first, arguments);
        Process two = command.start(second, arguments);

        for (ChildRun run : List.of(ChildRun.await(one, first), ChildRun.await(two, second))) {
            assertEquals(0, run.code(), run.err());
            assertEquals("", run.err());
            assertTrue(run.out().contains("cpu (oneDNN"), run.out());
        }
    }
}
