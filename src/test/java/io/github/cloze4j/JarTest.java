package io.github.cloze4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The jars of the build: that of the library, which is installed, and that of the command line. */
@Tag("packaged")
class JarTest {
    private static final Path TARGET = Path.of("target");
    private static final Path LIBRARY = TARGET.resolve("lib").resolve("cloze4j.jar");
    private static final Path COMMAND_LINE = TARGET.resolve("cloze4j.jar");

    @TempDir
    Path directory;

    /** A {@code Class-Path} would beat the versions of the application, and fail its build with {@code -Xlint:path}. */
    @Test
    void theLibraryHasNoClassPathAndNoMainClass() throws IOException {
        try (JarFile jar = new JarFile(LIBRARY.toFile())) {
            Attributes manifest = jar.getManifest().getMainAttributes();

            assertNull(manifest.getValue(Attributes.Name.CLASS_PATH));
            assertNull(manifest.getValue(Attributes.Name.MAIN_CLASS));
            assertEquals("io.github.cloze4j", manifest.getValue("Automatic-Module-Name"));
            assertNotNull(jar.getEntry("META-INF/LICENSE"));
            assertNotNull(jar.getEntry("META-INF/services/io.github.cloze4j.kernel.KernelProvider"));
            assertFalse(jar.stream().anyMatch(entry -> entry.getName().startsWith("io/github/cloze4j/cli/")));
        }
    }

    @Test
    void theCommandLineNamesJarsThatExist() throws IOException {
        try (JarFile jar = new JarFile(COMMAND_LINE.toFile())) {
            Attributes manifest = jar.getManifest().getMainAttributes();
            List<String> classPath =
                    List.of(manifest.getValue(Attributes.Name.CLASS_PATH).split(" "));

            assertEquals("io.github.cloze4j.cli.Main", manifest.getValue(Attributes.Name.MAIN_CLASS));
            assertEquals("lib/cloze4j.jar", classPath.get(0));
            for (String entry : classPath) {
                assertTrue(Files.isRegularFile(TARGET.resolve(entry)), entry);
            }
            assertNotNull(jar.getEntry("META-INF/LICENSE"));
            assertTrue(jar.stream()
                    .map(entry -> entry.getName())
                    .filter(name -> name.endsWith(".class"))
                    .allMatch(name -> name.startsWith("io/github/cloze4j/cli/")));
        }
    }

    /** Excluded from {@code nd4j-api} for this build and for all projects that use the library. */
    @Test
    void whatNothingReachesIsNotHandedOn() throws IOException {
        try (Stream<Path> files = Files.list(TARGET.resolve("lib"));
                JarFile jar = new JarFile(COMMAND_LINE.toFile())) {
            String classPath = jar.getManifest().getMainAttributes().getValue(Attributes.Name.CLASS_PATH);
            for (String absent : List.of(
                    "byteunits",
                    "commons-codec",
                    "commons-collections4",
                    "commons-compress",
                    "commons-net",
                    "flatbuffers",
                    "neoitertools",
                    "oshi",
                    "jna-platform",
                    "threetenbp",
                    "lib/jackson-1.0.0",
                    "snakeyaml")) {
                assertFalse(classPath.contains(absent), absent);
            }
            assertTrue(files.findAny().isPresent());
        }
    }

    @Test
    void applicationsCompileAgainstTheLibraryWithoutAWarning() throws IOException {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        StringWriter messages = new StringWriter();
        try (Stream<Path> jars = Files.list(TARGET.resolve("lib"));
                StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
            // The compile scope of a project that has the block of docs/dependencies.md.
            String classPath = jars.filter(jar -> jar.getFileName()
                            .toString()
                            .matches(
                                    "(cloze4j|nd4j-api|nd4j-common|protobuf|guava|javacpp|jna|slf4j-api|jackson|jspecify)"
                                            + "(-(?!.*(linux|macosx|windows)).*)?\\.jar"))
                    .map(Path::toString)
                    .collect(Collectors.joining(File.pathSeparator));

            boolean compiled = compiler.getTask(
                            messages,
                            files,
                            null,
                            List.of("-Xlint:all", "-Werror", "-cp", classPath, "-d", directory.toString()),
                            null,
                            files.getJavaFileObjects(Path.of("src/test/java/io/github/cloze4j/ReadmeExample.java")))
                    .call();

            assertTrue(compiled, messages.toString());
            assertEquals("", messages.toString());
        }
    }

    @Test
    void theCommandLineRunsAndSaysNothingOnStandardError() throws IOException, InterruptedException {
        Map<String, Path> streams = Map.of("out", directory.resolve("out.txt"), "err", directory.resolve("err.txt"));
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-jar",
                        COMMAND_LINE.toString(),
                        "doctor")
                .redirectOutput(streams.get("out").toFile())
                .redirectError(streams.get("err").toFile())
                .start();

        assertEquals(0, process.waitFor());
        assertTrue(Files.readString(streams.get("out")).startsWith("versions: cloze4j 0."));
        assertEquals("", Files.readString(streams.get("err")));
    }

    /** Each jar of the class path takes one, and each file that training writes. */
    @EnabledOnOs(value = OS.LINUX, disabledReason = "ulimit is a command of Unix shells")
    @Test
    void sixtyFourOpenFilesAreEnough() throws IOException, InterruptedException {
        Path corpus = Files.writeString(directory.resolve("corpus.txt"), "the cat sees the dog .\n".repeat(100));
        Path printed = directory.resolve("printed.txt");
        Process process = new ProcessBuilder(
                        "sh",
                        "-c",
                        "ulimit -n 64; exec \"$@\"",
                        "sh",
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-jar",
                        COMMAND_LINE.toString(),
                        "pretrain",
                        "--corpus=" + corpus,
                        "--output=" + directory.resolve("output"),
                        "--vocab-size=60",
                        "--layers=1",
                        "--hidden=16",
                        "--heads=2",
                        "--seq-len=32",
                        "--steps=2")
                .redirectErrorStream(true)
                .redirectOutput(printed.toFile())
                .start();

        assertEquals(0, process.waitFor(), () -> read(printed));
        assertTrue(Files.exists(directory.resolve("output").resolve("model.safetensors")));
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
