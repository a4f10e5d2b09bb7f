package io.github.cloze4j.kernel.cuda;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The sources of the CUDA kernels, and the compilers that may be there for them. */
public final class CudaSources {
    static final Path DIRECTORY = Path.of("src/main/resources/io/github/cloze4j/kernel/cuda");

    /** All kernels as one program. */
    static final Path PROGRAM = DIRECTORY.resolve("kernels.cu");

    private static final Pattern ENTRY_POINT = Pattern.compile("extern \"C\" __global__ void (\\w+)\\(");

    private CudaSources() {}

    /** Every file that makes up the program. */
    public static List<Path> files() {
        try (Stream<Path> files = Files.list(DIRECTORY)) {
            return files.filter(file ->
                            file.toString().endsWith(".cu") || file.toString().endsWith(".cuh"))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Names of all kernels. */
    static Set<String> entryPoints() {
        Set<String> names = new TreeSet<>();
        for (Path file : files()) {
            Matcher matcher = ENTRY_POINT.matcher(text(file));
            while (matcher.find()) {
                names.add(matcher.group(1));
            }
        }
        return names;
    }

    static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Whether a command of this name can be started. */
    static boolean onPath(String command) {
        String path = System.getenv("PATH");
        return path != null
                && Stream.of(path.split(File.pathSeparator, -1))
                        .anyMatch(directory -> Files.isExecutable(Path.of(directory, command)));
    }

    /** Runs a compiler; fails with what it printed unless it succeeds. */
    static void run(List<String> command) {
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!process.waitFor(5, TimeUnit.MINUTES) || process.exitValue() != 0) {
                throw new AssertionError(String.join(" ", command) + "\n" + output);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }
}
