package io.github.cloze4j.files;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertThrowsExactly;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StrictJsonTest {
    /** Every failure names the cause and the place in plain words: no class names, no words of the parser. */
    @ParameterizedTest
    @CsvSource(delimiter = '~', textBlock = """
            {"a": 1, "b": 2, "a": 3}     ~ the key "a" twice at line 1, column 21
            {"a": {"b": [1, 2            ~ an end inside a value at line 1, column 18
            {"a": "never closed          ~ an end inside a value at line 1, column 20
            {"a": nope}                  ~ a text that is not JSON, near "nope}" at line 1, column 7
            {"a": 1,}                    ~ a text that is not JSON, near ",}" at line 1, column 9
            {'a': 1}                     ~ a text that is not JSON, near "{'a': 1}" at line 1, column 2
            {"a": 1} {"b": 2}            ~ an object after the object at line 1, column 10
            {"a": 1} x                   ~ a text that is not JSON, near "x" at line 1, column 10
            [1, 2]                       ~ expected an object, received a list at line 1, column 1
            3                            ~ expected an object, received an integer at line 1, column 1
            """)
    void saysWhatIsWrongAndWhere(String json, String message) {
        assertEquals(message, problem(() -> StrictJson.parseTree(json)));
    }

    @Test
    void namesNoClassWhateverIsWrong() {
        String deep = "{\"a\":" + "[".repeat(5000);
        String longNumber = "{\"a\":" + "1".repeat(5000) + "}";
        for (String json : List.of(
                "", " ", "\uFEFF{}", "{", "{\"a\"", "{\"a\":", "{\"a\":\"\\x\"}", "{\"\n\":1}", deep, longNumber)) {
            String problem = problem(() -> StrictJson.parseTree(json));
            assertFalse(problem.matches("(?s).*(Source|fasterxml|Json|Stream|Exception|REDACTED|\\R).*"), problem);
            assertTrue(problem.length() < 200, problem);
        }
    }

    /** Python writes both, and transformers reads them. */
    @Test
    void readsNumbersThatAreNoneAndRoundFloats() throws IOException {
        JsonNode tree = StrictJson.parseTree("{\"a\": NaN, \"b\": -Infinity, \"c\": 2.0}");

        assertEquals(Double.NaN, tree.path("a").doubleValue());
        assertEquals(Double.NEGATIVE_INFINITY, tree.path("b").doubleValue());
        assertTrue(tree.path("c").canConvertToExactIntegral());
    }

    /** Two million small objects are 6 MB of text and 200 MB of memory. */
    @Test
    void refusesATreeOfTooManyValues() throws IOException {
        JsonNode list =
                StrictJson.parseTree("{\"a\":[" + "0,".repeat(999_999) + "0]}").path("a");
        assertEquals(1_000_000, list.size());
        String problem = problem(() -> StrictJson.parseTree("{\"a\":[" + "{},".repeat(2_000_000) + "{}]}"));
        assertTrue(problem.startsWith("too many values"), problem);
    }

    @Test
    void refusesBytesThatAreNotUtf8() {
        ByteBuffer bytes = ByteBuffer.wrap("{\"ä\": 1}".getBytes(StandardCharsets.ISO_8859_1));

        assertEquals("bytes that are not UTF-8", problem(() -> StrictJson.readObject(bytes, StrictJson::readStrings)));
    }

    @Test
    void readsUpToTheLimitAndNotBeyond(@TempDir Path directory) throws IOException {
        Path path = directory.resolve("x.json");
        Files.writeString(path, "{\"a\": 1}");

        assertEquals(1, StrictJson.readTree(path, 8).path("a").intValue());
        assertEquals("more than 7 bytes", problem(() -> StrictJson.readTree(path, 7)));
        assertEquals("a directory", problem(() -> StrictJson.readTree(directory, 7)));
        assertEquals(
                "no such file",
                BoundedFiles.describe(
                        assertThrows(IOException.class, () -> StrictJson.readTree(directory.resolve("none"), 7))));
    }

    /** The device says that it has 0 bytes. */
    @Test
    @EnabledOnOs(OS.LINUX)
    void stopsReadingADeviceWithoutEnd() {
        assertEquals("more than 1048576 bytes", problem(() -> BoundedFiles.readText(Path.of("/dev/zero"), 1 << 20)));
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void doesNotWaitForAPipe(@TempDir Path directory) throws IOException, InterruptedException {
        Path pipe = directory.resolve("tokenizer.json");
        assertEquals(0, new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor());

        assertTimeoutPreemptively(
                Duration.ofSeconds(20),
                () -> assertEquals("a pipe or a device", problem(() -> StrictJson.readTree(pipe, 100))));
    }

    /** The message of a failure in our own words. */
    private static String problem(Executable reading) {
        IOException failure = assertThrowsExactly(IOException.class, reading);
        return String.valueOf(failure.getMessage());
    }
}
