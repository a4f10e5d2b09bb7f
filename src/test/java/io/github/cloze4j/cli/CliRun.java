package io.github.cloze4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** One run of the command line in this process: what it wrote and how it ended. */
record CliRun(int code, String out, String err) {
    static CliRun of(String... arguments) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        int code = Main.run(
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                arguments);
        return new CliRun(code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    /** A run that has to end well, as JSON. */
    static JsonNode json(String... arguments) throws IOException {
        String[] withJson = java.util.Arrays.copyOf(arguments, arguments.length + 1);
        withJson[arguments.length] = "--json";
        CliRun run = of(withJson);
        assertEquals(0, run.code, run.err);
        List<String> lines = run.out.lines().toList();
        assertEquals(1, lines.size(), "stdout holds the JSON object and nothing else: " + run.out);
        return new ObjectMapper().readTree(lines.get(0));
    }

    /** The error lines that people read. */
    List<String> errorLines() {
        return err.lines().filter(line -> line.startsWith("error: ")).toList();
    }
}
