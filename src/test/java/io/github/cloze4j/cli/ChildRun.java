package io.github.cloze4j.cli;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** One run of the command line in a process of its own: what it wrote and how it ended. */
record ChildRun(int code, String out, String err) {
    private static final long MOST_SECONDS = 300;

    /** A process that has not been started. */
    record Command(List<String> javaOptions, Map<String, String> environment, List<String> prefix, String javaHome) {
        Command(String... javaOptions) {
            this(List.of(javaOptions), Map.of(), List.of(), System.getProperty("java.home"));
        }

        /** The same with environment variables of its own. */
        Command with(Map<String, String> variables) {
            return new Command(javaOptions, variables, prefix, javaHome);
        }

        /** The same under another program, such as {@code sh -c 'ulimit -n 64; exec "$@"' sh}. */
        Command under(String... program) {
            return new Command(javaOptions, environment, List.of(program), javaHome);
        }

        /** The same with the Java in another directory. */
        Command of(Path home) {
            return new Command(javaOptions, environment, prefix, home.toString());
        }

        /** Starts {@code Main} with what it prints in two files of {@code directory}. */
        Process start(Path directory, String... arguments) throws IOException {
            List<String> words = new ArrayList<>(prefix);
            words.add(Path.of(javaHome, "bin", "java").toString());
            words.addAll(javaOptions);
            words.addAll(List.of("-cp", classPath(), Main.class.getName()));
            words.addAll(List.of(arguments));
            ProcessBuilder builder = new ProcessBuilder(words)
                    .redirectOutput(directory.resolve("stdout.txt").toFile())
                    .redirectError(directory.resolve("stderr.txt").toFile())
                    .directory(directory.toFile());
            builder.environment().putAll(environment);
            return builder.start();
        }

        /** Absolute, because the process has a working directory of its own. */
        private static String classPath() {
            return Stream.of(System.getProperty("java.class.path").split(Pattern.quote(File.pathSeparator)))
                    .map(entry -> Path.of(entry).toAbsolutePath().toString())
                    .collect(Collectors.joining(File.pathSeparator));
        }

        /** Runs it to its end. */
        ChildRun run(Path directory, String... arguments) throws IOException, InterruptedException {
            return await(start(directory, arguments), directory);
        }
    }

    /** Waits for the end of a process that wrote into {@code directory}. */
    static ChildRun await(Process process, Path directory) throws IOException, InterruptedException {
        try {
            assertTrue(process.waitFor(MOST_SECONDS, TimeUnit.SECONDS), "still running");
        } finally {
            process.destroyForcibly();
        }
        return new ChildRun(
                process.exitValue(),
                Files.readString(directory.resolve("stdout.txt")),
                Files.readString(directory.resolve("stderr.txt")));
    }

    /** The error lines that people read. */
    List<String> errorLines() {
        return err.lines().filter(line -> line.startsWith("error: ")).toList();
    }
}
