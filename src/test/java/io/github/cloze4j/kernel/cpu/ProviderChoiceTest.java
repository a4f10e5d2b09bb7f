package io.github.cloze4j.kernel.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which kernels a process gets where its class path or its processor lacks something. */
class ProviderChoiceTest {
    private static final String PRODUCT = ", 3 * 4 = 12.0";

    @ParameterizedTest
    @ValueSource(
            strings = {
                "dnnl-[\\d.-]+\\.jar", // classes
                "opencl-[\\d.-]+\\.jar",
                "dnnl-[\\d.-]+-[a-z].*\\.jar" // natives
            })
    void withoutOneDnnOpenBlasMultipliesAndThatIsSaidOnce(String absent) throws IOException {
        String printed = probe(absent);

        assertTrue(printed.contains("got cpu (OpenBLAS, float, 1 thread)" + PRODUCT), printed);
        assertEquals(2, printed.split("oneDNN cannot be loaded", -1).length, printed);
        assertTrue(printed.contains("Add org.bytedeco:dnnl and org.bytedeco:opencl"), printed);
    }

    /** The profile {@code heavy} fetches the jars. */
    @Tag("heavy")
    @Test
    void oneDnnThatCorruptsMemoryUnderSignalsIsNotUsedAndThatIsSaidOnce() throws IOException {
        Path directory = Path.of("target", "old-onednn");
        assertTrue(Files.isDirectory(directory), "no " + directory.toAbsolutePath() + ": run with -Pheavy");
        List<String> old;
        try (Stream<Path> jars = Files.list(directory)) {
            old = jars.map(Path::toString).toList();
        }

        String printed = probe("dnnl-.*\\.jar", old);

        assertTrue(printed.contains("got cpu (OpenBLAS, float, 1 thread)" + PRODUCT), printed);
        assertEquals(2, printed.split("oneDNN 3\\.11\\.\\d is not used", -1).length, printed);
        assertTrue(printed.contains("Put org.bytedeco:dnnl:3.13-1.5.14 or later on the class path"), printed);
    }

    @Test
    void withoutOpenBlasThereIsNoBackendAndTheReasonIsSaid() throws IOException {
        String printed = probe("openblas-.*\\.jar");

        assertTrue(printed.contains("refused Expected an ND4J backend with its natives"), printed);
        assertTrue(printed.matches("(?s).*refused [^\\n]*Received: [^\\n]*org\\.bytedeco\\.openblas.*"), printed);
        assertTrue(printed.contains("Add org.nd4j:nd4j-native"), printed);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "(nd4j-native|javacpp|openblas|dnnl|opencl|cuda)-.*\\.jar", // all that users choose
                "javacpp-.*\\.jar",
                "nd4j-native-[\\d.]+-M[\\d.]+\\.jar"
            })
    void withoutABackendItIsSaidWhatToAdd(String absent) throws IOException {
        String printed = probe(absent);

        assertTrue(printed.contains("refused Expected an ND4J backend with its natives"), printed);
        assertTrue(
                printed.contains("Add org.nd4j:nd4j-native, org.bytedeco:javacpp and org.bytedeco:openblas,"
                        + " each without and with the classifier of your platform"),
                printed);
        assertFalse(printed.contains(".. "), printed);
    }

    @Test
    void withoutFusedMultiplyAddTheChoiceFallsOnNd4jWithTheReason() throws IOException {
        String printed = probe("", "-XX:-UseFMA");

        assertTrue(printed.contains("Kernels 'cpu' are not used: Expected a processor with fused"), printed);
        assertTrue(printed.contains("got nd4j") && printed.contains(PRODUCT), printed);
    }

    @Test
    void withoutJnaKernelsRunAndThatIsSaidOnce() throws IOException {
        String printed = probe("", "-Djna.nounpack=true", "-Djna.nosys=true");

        assertTrue(printed.contains("got cpu (oneDNN") && printed.contains(PRODUCT), printed);
        assertEquals(2, printed.split("JNA cannot be loaded", -1).length, printed);
    }

    @Test
    void withAllOfItOneDnnMultipliesAndNothingIsSaid() throws IOException {
        String printed = probe("", "-Dorg.slf4j.simpleLogger.log.org.bytedeco.javacpp.Loader=error");

        assertTrue(printed.contains("got cpu (oneDNN"), printed);
        assertFalse(printed.contains("do not match"), printed); // JavaCPP's warning, which has to go through SLF4J
        assertTrue(printed.contains(PRODUCT), printed);
        assertFalse(printed.contains(" WARN "), printed); // of ours; newer JDKs print WARNING: of their own
    }

    /** What a process prints; jars whose whole name matches {@code absent} are not on its class path. */
    private static String probe(String absent, String... javaOptions) throws IOException {
        return probe(absent, List.of(), javaOptions);
    }

    private static String probe(String absent, List<String> added, String... javaOptions) throws IOException {
        List<String> jars = List.of(System.getProperty("java.class.path").split(Pattern.quote(File.pathSeparator), -1));
        List<String> present = jars.stream()
                .filter(jar -> !new File(jar).getName().matches(absent))
                .toList();
        assertTrue(absent.isEmpty() || present.size() < jars.size(), "nothing is left out: " + jars);
        List<String> command = new ArrayList<>();
        command.add(System.getProperty("java.home") + "/bin/java");
        command.addAll(List.of(javaOptions));
        command.addAll(List.of(
                "-Dorg.nd4j.log.initialization=false",
                "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                Stream.concat(present.stream(), added.stream()).collect(Collectors.joining(File.pathSeparator)),
                ProviderProbe.class.getName()));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
}
