package io.github.cloze4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.Cloze4jException;
import io.github.cloze4j.cli.pretrain.PretrainOutput;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

class DiskSpaceTest {
    @TempDir
    Path directory;

    @Test
    void aDiskWithoutRoomForTheCheckpointsAndTheModelIsRefused() throws IOException {
        DiskSpace.require(directory, 1_000_000, 3_000_000, 2, 10_000_000);
        String message = assertThrows(
                        Cloze4jException.class, () -> DiskSpace.require(directory, 1_000_000, 3_000_000, 2, 9_999_999))
                .getMessage();
        assertTrue(message.contains("10.0 MB of free space for 3 checkpoints"), message);
        assertTrue(message.contains(directory.toString()), message);

        PretrainOutput output = new PretrainOutput(directory);
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        PrintStream stream = new PrintStream(err, true, StandardCharsets.UTF_8);
        Console console = new Console(stream, stream, false, false);
        DiskSpace.require(output, 1, 3, 2, 0, console);
        assertThrows(
                Cloze4jException.class,
                () -> DiskSpace.require(output, Long.MAX_VALUE / 80, Long.MAX_VALUE / 80 * 3, 2, 0, console));
        assertEquals("", err.toString(StandardCharsets.UTF_8));

        // A text that the disk has no room for the tokens of.
        long text = Files.getFileStore(directory).getTotalSpace() * 4;
        for (Executable refused : List.<Executable>of(
                () -> DiskSpace.require(output, 1, 3, 2, text, console),
                () -> DiskSpace.requireForShards(directory.resolve("data"), text))) {
            String tokens = assertThrows(Cloze4jException.class, refused).getMessage();
            assertTrue(tokens.contains("for the tokens of") && tokens.contains("MB of text in " + directory), tokens);
        }

        // How many checkpoints a run makes is not known: who keeps all of them is warned.
        DiskSpace.require(output, 10_000_000, 30_000_000, Integer.MAX_VALUE, 0, console);
        String warning = err.toString(StandardCharsets.UTF_8);
        assertTrue(warning.startsWith("warning: ") && warning.contains("2147483647 checkpoints (--keep)"), warning);
    }
}
