package io.github.cloze4j.cli;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.Cloze4jException;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiskSpaceTest {
    @TempDir
    Path directory;

    @Test
    void aDiskWithoutRoomForTheCheckpointsAndTheModelIsRefused() throws IOException {
        DiskSpace.require(directory, 1_000_000, 2, 10_000_000);
        String message = assertThrows(
                        Cloze4jException.class, () -> DiskSpace.require(directory, 1_000_000, 2, 9_999_999))
                .getMessage();
        assertTrue(message.contains("10.0 MB of free space for 3 checkpoints"), message);
        assertTrue(message.contains(directory.toString()), message);

        PretrainOutput output = new PretrainOutput(directory);
        DiskSpace.require(output, 1, 2);
        assertThrows(Cloze4jException.class, () -> DiskSpace.require(output, Long.MAX_VALUE / 80, 2));
    }
}
