package io.github.cloze4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Java examples of pages: a class of the tests whose code between two comments stands in the page, under a comment with the name of its file. */
final class DocumentedExample {
    private static final Pattern BETWEEN_MARKERS = Pattern.compile("// begin\\R(.*?)// end", Pattern.DOTALL);
    private static final long MOST_SECONDS = 300;

    private DocumentedExample() {}

    /** Asserts that the page has the code of the class, white space aside. */
    static void assertCompiled(Path page, Class<?> example) throws IOException {
        String file = example.getSimpleName() + ".java";
        Pattern block = Pattern.compile("<!-- " + file + " -->\\s*```java\\R(.*?)```", Pattern.DOTALL);
        String code = withoutSpace(page, block);
        assertFalse(code.isEmpty());
        assertEquals(withoutSpace(Path.of("src/test/java/io/github/cloze4j", file), BETWEEN_MARKERS), code);
    }

    private static String withoutSpace(Path file, Pattern part) throws IOException {
        Matcher matcher = part.matcher(Files.readString(file));
        assertTrue(matcher.find(), file + " has no part " + part);
        return matcher.group(1).replaceAll("\\s+", "");
    }

    /** Runs the class in a process of its own, and returns what it prints. */
    static String run(Class<?> example, Path workingDirectory) throws IOException, InterruptedException {
        Path printed = workingDirectory.resolve("printed.txt");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        absoluteClassPath(),
                        example.getName())
                .directory(workingDirectory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(printed.toFile())
                .start();
        try {
            assertTrue(process.waitFor(MOST_SECONDS, TimeUnit.SECONDS), "still running");
        } finally {
            process.destroyForcibly();
        }
        String output = Files.readString(printed);
        assertEquals(0, process.exitValue(), output);
        return output;
    }

    private static String absoluteClassPath() {
        return Stream.of(System.getProperty("java.class.path").split(Pattern.quote(File.pathSeparator)))
                .map(entry -> Path.of(entry).toAbsolutePath().toString())
                .collect(Collectors.joining(File.pathSeparator));
    }
}
