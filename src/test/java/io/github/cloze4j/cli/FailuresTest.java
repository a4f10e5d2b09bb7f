package io.github.cloze4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.CorpusException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import java.util.List;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine.Model.CommandSpec;

/** Each failure has its own cause and cure, and only options that the command has. */
class FailuresTest {
    private static String line(Throwable failure, String command) {
        CommandSpec spec = Main.commandLine(new Main(new GracefulStop(System.err), System.out, System.err, List.of()))
                .getSubcommands()
                .get(command)
                .getCommandSpec();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        assertEquals(1, Failures.report(failure, new PrintStream(err, true), false, spec));
        String text = err.toString();
        assertEquals(1, text.lines().count(), text);
        assertTrue(text.matches("error: Expected .*Received: .*\\R|error: Unexpected .*\\R"), text);
        return text;
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "Java heap space; -Xmx; -XX:MaxDirectMemorySize",
                "GC overhead limit exceeded; -Xmx; batch-size",
                "Requested array size exceeds VM limit; -Xmx; batch-size",
                "Cannot reserve 1024 bytes of direct buffer memory (allocated: 1, limit: 2); -XX:MaxDirectMemorySize; --batch-size",
                "Direct buffer memory; -XX:MaxDirectMemorySize; --batch-size",
                "Metaspace; -XX:MaxMetaspaceSize; -Xmx",
                "unable to create native thread: possibly out of memory or process/resource limits reached; --threads; -Xmx",
                "Map failed; vm.max_map_count; -Xmx",
                "Physical memory usage is too high: physicalBytes (3G) > maxPhysicalBytes (2G); --batch-size; -Xmx",
                "Cannot allocate new FloatPointer(9): totalBytes = 1, physicalBytes = 2; --batch-size; -Xmx",
                "malloc: failed to allocate; --batch-size; -Xmx",
            })
    void memoryThatRanOutNamesWhatHelps(String message, String helps, String doesNot) {
        String line = line(new OutOfMemoryError(message), "pretrain");

        assertTrue(line.contains(helps), line);
        assertFalse(line.contains(doesNot), line);
        assertTrue(line.contains(message), line);
    }

    @Test
    void onlyOptionsOfTheCommandAreNamed() {
        OutOfMemoryError error = new OutOfMemoryError("Physical memory usage is too high: physicalBytes (3G)");

        assertTrue(line(error, "pretrain").contains("Lower --batch-size or --seq-len or --preset"));
        assertTrue(line(error, "evaluate").contains("Lower --batch-size or --seq-len. "));
        assertFalse(line(error, "fill-mask").contains("--batch-size"));
        assertFalse(line(error, "import").contains("Lower"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "No space left on device; without free space; Free some",
                "Disk quota exceeded; quota; Free some",
                "Read-only file system; read-only; another file system",
                "Too many open files; as many open files; ulimit -n",
                "File name too long; too long; shorter",
                "Is a directory; a directory; Name a file",
                "Permission denied; no permission; permissions",
                "Input/output error; an error of the disk; system's log",
            })
    void reasonsOfTheSystemHaveTheirOwnCauseAndCure(String reason, String cause, String cure) {
        String ofFile = line(new FileSystemException("/data/file", null, reason), "pretrain");
        assertTrue(ofFile.contains("/data/file"), ofFile);
        assertTrue(ofFile.contains(cause) && ofFile.contains(cure), ofFile);

        String ofStream = line(new UncheckedIOException(new IOException(reason)), "pretrain");
        assertTrue(ofStream.contains(cause) && ofStream.contains(cure), ofStream);
        assertFalse(ofStream.contains("Exception"), ofStream);
    }

    @Test
    void wrappersSayWhatTheyWrap() {
        Throwable wrapped = new RuntimeException(
                new ExecutionException(new CorpusException("Expected text. Received: none. Add some")));

        assertEquals(
                "error: Expected text. Received: none. Add some",
                line(wrapped, "pretrain").strip());
    }

    @Test
    void whatNobodyForesawSaysWhere() {
        String line = line(new NullPointerException(), "pretrain");

        assertFalse(line.contains("null"), line);
        assertTrue(line.contains("Unexpected NullPointerException (at " + FailuresTest.class.getName()), line);
        assertTrue(line.contains("--stacktrace"), line);
    }

    @Test
    void aFileThatShrinksUnderTheRunIsNoErrorOfJava() {
        String line = line(
                new InternalError("a fault occurred in a recent unsafe memory access operation in compiled Java code"),
                "pretrain");

        assertTrue(line.contains("a mapped file that became shorter"), line);
    }
}
