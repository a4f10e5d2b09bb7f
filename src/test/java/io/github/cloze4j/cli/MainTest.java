package io.github.cloze4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.cloze4j.BackendException;
import io.github.cloze4j.DivergenceException;
import io.github.cloze4j.kernel.KernelProviders;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;

class MainTest {
    @ParameterizedTest
    @CsvSource({"doctor --no-such-option", "no-such-command", "doctor surplus", "''"})
    void wrongUsageIsALineAHintAndCodeTwo(String arguments) {
        CliRun run = CliRun.of(arguments.isEmpty() ? new String[0] : arguments.split(" "));

        assertEquals(2, run.code());
        assertEquals(1, run.errorLines().size(), run.err());
        assertEquals(2, run.err().lines().count(), run.err());
        assertTrue(run.err().contains("--help"), run.err());
        assertEquals("", run.out());
    }

    @Test
    void anUnknownOptionIsNamed() {
        CliRun run = CliRun.of("doctor", "--no-such-option");

        assertTrue(run.err().contains("--no-such-option"), run.err());
    }

    @Test
    void charactersThatTheLocaleLostAreFoundAndThoseOfAUtf8LocaleAreTheUsers() {
        List<String> lost = List.of("fill-mask", "the \uFFFD\uFFFD [MASK]");
        assertTrue(Main.isLost(lost, "ANSI_X3.4-1968"));
        assertFalse(Main.isLost(lost, "UTF-8"));
        assertFalse(Main.isLost(List.of("fill-mask", "the [MASK]"), "ANSI_X3.4-1968"));
    }

    @Test
    void helpGoesToStdoutAndIsNoError() {
        CliRun run = CliRun.of("doctor", "--help");

        assertEquals(0, run.code());
        assertTrue(run.out().contains("--json"), run.out());
    }

    @Test
    void helpAndReadmeListTheExitCodes() throws IOException {
        String help = CliRun.of("--help").out();
        String readme = Files.readString(Path.of("README.md"));

        for (int code : List.of(
                0,
                Failures.FAILED,
                Failures.WRONG_USAGE,
                Failures.DIVERGED,
                GracefulStop.STOPPED,
                Failures.READER_GONE)) {
            assertTrue(help.matches("(?s).*\\n *" + code + "  +\\w.*"), help);
            assertTrue(readme.matches("(?s).*Exit codes: [^|]*\\b" + code + " \\w.*"), readme);
        }
    }

    @Test
    void exceptionsHaveTheirCodes() {
        assertEquals(3, report(new DivergenceException("loss is NaN", 7), false).code());
        assertEquals(1, report(new BackendException("no backend"), false).code());
        assertEquals(1, report(new IllegalStateException("broken"), false).code());
        assertEquals(1, report(new OutOfMemoryError("heap"), false).code());
    }

    @Test
    void anErrorIsOneLineUnlessTheTraceIsAskedFor() {
        CliRun brief = report(new BackendException("first\n  second"), false);
        assertEquals("error: first second\n", brief.err().replace("\r\n", "\n"));

        CliRun traced = report(new BackendException("first"), true);
        assertTrue(traced.err().contains("at " + MainTest.class.getName()), traced.err());
    }

    @Test
    void aMissingFileSaysWhatToDo() {
        CliRun run = report(new NoSuchFileException("/absent"), false);

        assertTrue(
                run.err().matches("(?s)error: Expected .*/absent. Received: no such file. Check the path\\s*"),
                run.err());
    }

    @Test
    void doctorReportsWhatRuns() throws IOException {
        JsonNode fields = CliRun.json("doctor");

        assertTrue(fields.get("versions").get("java").asText().startsWith(System.getProperty("java.version")));
        assertEquals(
                KernelProviders.create(KernelProviders.AUTO, DataType.FLOAT).describe(),
                fields.get("backend").asText());
        assertTrue(fields.get("gemm_peak_gflops").asDouble() > 1, fields.toString());
        assertTrue(fields.get("threads").asInt() >= 1, fields.toString());
        assertTrue(fields.get("missing").isArray(), fields.toString());
        // This build has no natives for a GPU.
        assertEquals("none", fields.get("cuda").asText());
    }

    private static CliRun report(Throwable failure, boolean stacktrace) {
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        int code = Failures.report(failure, new PrintStream(err, true), stacktrace, null);
        return new CliRun(code, "", err.toString());
    }
}
