package io.github.cloze4j.tensors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.CheckpointFormatException;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Headers of up to 100 MB are refused in a Java machine of 64 MB, in a child process, within seconds. */
@Tag("heavy")
class HugeHeaderTest {
    private static final int LENGTH = 95_000_000;

    @TempDir
    Path directory;

    /** The child: opens the file and prints what is wrong with it. */
    public static void main(String[] arguments) {
        try {
            SafeTensors.open(Path.of(arguments[0])).close();
            System.out.println("opened");
        } catch (CheckpointFormatException refused) {
            System.out.println("refused: " + refused.getMessage());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"tensors", "metadata", "value", "name", "blanks"})
    void isRefusedInLittleMemory(String kind) throws Exception {
        Path file = write(kind);
        Process child = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx64m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        HugeHeaderTest.class.getName(),
                        file.toString())
                .redirectErrorStream(true)
                .start();
        String said = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, child.waitFor(), said);
        assertTrue(said.contains(kind.equals("blanks") ? "opened" : "refused: "), said);
    }

    private Path write(String kind) throws IOException {
        Path file = directory.resolve(kind);
        long length = Long.BYTES;
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file))) {
            out.write(new byte[Long.BYTES]);
            length += text(out, opening(kind));
            for (int i = 0; length < LENGTH; i++) {
                length += text(out, piece(kind, i));
            }
            length += text(out, closing(kind));
        }
        try (RandomAccessFile whole = new RandomAccessFile(file.toFile(), "rw")) {
            whole.write(ByteBuffer.allocate(Long.BYTES)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putLong(length - Long.BYTES)
                    .array());
        }
        return file;
    }

    private static int text(OutputStream out, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        out.write(bytes);
        return bytes.length;
    }

    private static String opening(String kind) {
        return switch (kind) {
            case "metadata" -> "{\"__metadata__\":{";
            case "value" -> "{\"__metadata__\":{\"a\":\"";
            case "name" -> "{\"";
            case "blanks" -> "{}";
            default -> "{";
        };
    }

    private static String piece(String kind, int i) {
        return switch (kind) {
            case "tensors" ->
                (i == 0 ? "" : ",") + "\"" + i + "\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}";
            case "metadata" -> (i == 0 ? "" : ",") + "\"" + i + "\":\"\"";
            case "blanks" -> " ";
            default -> "m".repeat(1000);
        };
    }

    private static String closing(String kind) {
        return switch (kind) {
            case "metadata" -> "}}";
            case "value" -> "\"}}";
            case "name" -> "\":1}";
            case "blanks" -> "";
            default -> "}";
        };
    }
}
