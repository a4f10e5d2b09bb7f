package io.github.cloze4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.pretrained.PretrainedFixture;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Text that reaches whoever reads it whole, or a failure that says why not. */
class TextStreamTest {
    private static final String CHINESE = "\u4e2d\u56fd [MASK]";

    @TempDir
    Path root;

    private Path vocabulary;
    private Path input;

    @BeforeEach
    void writeInput() throws IOException {
        vocabulary = Files.writeString(root.resolve("vocab.txt"), "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nthe\ncat\n");
        input = Files.writeString(root.resolve("input.txt"), "the cat\n".repeat(100_000));
    }

    /** Takes some bytes, then fails as the system does. */
    private static final class Failing extends OutputStream {
        private final String reason;
        private long left;

        Failing(long bytes, String reason) {
            left = bytes;
            this.reason = reason;
        }

        @Override
        public void write(int single) throws IOException {
            if (left-- <= 0) {
                throw new IOException(reason);
            }
        }
    }

    private static CliRun into(OutputStream target, String... arguments) {
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        int code = Main.run(
                new TextStream(target, null, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                arguments);
        return new CliRun(code, "", err.toString(StandardCharsets.UTF_8));
    }

    @ParameterizedTest
    @CsvSource({
        "false, ANSI_X3.4-1968, UTF-8",
        "false, ISO-8859-1, UTF-8",
        "true, ANSI_X3.4-1968, UTF-8",
        "true, no-such-encoding, UTF-8",
        "true, UTF-8, UTF-8",
        "true, ISO-8859-1, ISO-8859-1",
        "true, GBK, GBK",
    })
    void onlyATerminalWithAnEncodingOfItsOwnGetsAnotherThanUtf8(boolean terminal, String locale, String chosen) {
        assertEquals(Charset.forName(chosen), TextStream.charset(terminal, locale));
    }

    @Test
    void aTerminalThatLacksACharacterShowsItsNumber() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (TextStream stream = new TextStream(bytes, null, StandardCharsets.ISO_8859_1)) {
            stream.println("caf\u00e9 " + CHINESE);
        }

        assertEquals(
                "caf\u00e9 \\u4e2d\\u56fd [MASK]",
                bytes.toString(StandardCharsets.ISO_8859_1).strip());
    }

    @Test
    void aReaderThatHasGoneIsNoFullDisk() {
        TextStream pipe = new TextStream(new Failing(3, "Broken pipe"), null, StandardCharsets.UTF_8);
        pipe.println("longer");
        assertThrows(TextStream.ReaderGoneException.class, () -> TextStream.requireWritten(pipe));

        TextStream full = new TextStream(new Failing(3, "No space left on device"), null, StandardCharsets.UTF_8);
        full.println("longer");
        IOException failure = assertThrows(IOException.class, () -> TextStream.requireWritten(full));
        assertEquals("No space left on device", failure.getMessage());
    }

    @ParameterizedTest
    @CsvSource({"'', 141", "--json, 0"})
    void commandsEndQuietlyWhenNobodyReads(String json, int code) {
        String[] arguments = Stream.of("tokenize", "--vocab=" + vocabulary, "--input=" + input, json)
                .filter(argument -> !argument.isEmpty())
                .toArray(String[]::new);
        CliRun run = into(new Failing(1000, "Broken pipe"), arguments);

        // With --json the ids go to standard error, and the object is shorter than what the pipe takes.
        assertEquals(code, run.code(), run.err());
        assertFalse(run.err().contains("error"), run.err());
    }

    /** The last words are written when the command is over. */
    @Test
    void commandsWithFewWordsEndQuietlyWhenNobodyReads() {
        assertEquals(
                141, into(new Failing(3, "Broken pipe"), "doctor", "--json").code());
    }

    @Test
    void aFullDiskIsNamed() {
        CliRun run = into(
                new Failing(1000, "No space left on device"), "tokenize", "--vocab=" + vocabulary, "--input=" + input);

        assertEquals(1, run.code());
        assertEquals(1, run.errorLines().size(), run.err());
        assertTrue(run.err().contains("a disk without free space"), run.err());
    }

    @Test
    void aProcessEndsWithTheReaderOfItsOutput() throws Exception {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        List<String> command = List.of(
                "sh",
                "-c",
                "(\"$@\"; echo $? > '" + root.resolve("code") + "') | head -n 1; cat '" + root.resolve("code") + "'",
                "sh",
                java,
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "tokenize",
                "--vocab=" + vocabulary,
                "--input=" + input);
        Process process = inCLocale(command);
        String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(Arrays.asList("2 5 6 3", "141"), printed.lines().toList());
    }

    /** Java's own first file takes the number of an input that is closed, and would be read as text. */
    @Test
    @EnabledOnOs(OS.LINUX)
    void aClosedStandardInputIsRefused() throws IOException, InterruptedException {
        ChildRun run = new ChildRun.Command()
                .under("sh", "-c", "exec \"$@\" <&-", "sh")
                .run(root, "tokenize", "--vocab=" + vocabulary);
        assertEquals(1, run.code(), run.err());
        assertEquals(1, run.errorLines().size(), run.err());
        assertTrue(run.errorLines().get(0).contains("a standard input that is closed"), run.err());
    }

    private Process inCLocale(List<String> command) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("LC_ALL", "C");
        return builder.start();
    }

    @Test
    void aProcessInTheCLocaleLosesNoText() throws Exception {
        Path chinese = Files.writeString(root.resolve("zh.txt"), CHINESE + "\n");
        Process process = inCLocale(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "fill-mask",
                "--model=" + PretrainedFixture.DIRECTORY,
                "--input=" + chinese));
        String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertTrue(printed.contains(CHINESE), printed);
        assertEquals(0, process.waitFor());
    }
}
