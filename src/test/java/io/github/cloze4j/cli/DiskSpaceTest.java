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
    void aDiskWithoutRoomForTheFirstCheckpointAndTheModelIsRefused() throws IOException {
        DiskSpace.require(directory, 1_000_000, 4_000_000);
        String message = assertThrows(Cloze4jException.class, () -> DiskSpace.require(directory, 1_000_000, 3_999_999))
                .getMessage();
        assertTrue(message.contains("4.0 MB") && message.contains(directory.toString()), message);

        DiskSpace.require(directory, 1);
        assertThrows(Cloze4jException.class, () -> DiskSpace.require(directory, Long.MAX_VALUE / 8));
    }
}
