package io.github.cloze4j.pretrained;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.stream.Collectors;

/** The warnings that the library logs: the tests' logger writes them to standard error. */
public final class Warnings {
    private Warnings() {}

    /** Work that may read files. */
    @FunctionalInterface
    public interface Work {
        /** Does the work. */
        void run() throws IOException;
    }

    /** The lines with warnings that are logged while the work is done. */
    public static String during(Work work) throws IOException {
        PrintStream former = System.err;
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        System.setErr(new PrintStream(bytes, true, StandardCharsets.UTF_8));
        try {
            work.run();
        } finally {
            System.setErr(former);
        }
        return bytes.toString(StandardCharsets.UTF_8)
                .lines()
                .filter(line -> line.contains("WARN"))
                .collect(Collectors.joining("\n"));
    }
}
