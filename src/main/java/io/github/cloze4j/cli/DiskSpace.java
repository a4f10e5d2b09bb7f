package io.github.cloze4j.cli;

import io.github.cloze4j.Cloze4jException;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** Finds before hours of training that a disk cannot hold what they end in. */
final class DiskSpace {
    /** Parameters with two moments each in a checkpoint, and parameters once more in the model. */
    private static final int COPIES = 4;

    private static final double MEGABYTE = 1e6;

    private DiskSpace() {}

    /**
     * Refuses a run whose first checkpoint and model have no room.
     *
     * @param directory may not exist yet
     * @param parameterBytes of the model
     * @throws Cloze4jException naming the space that is needed and that there is
     */
    static void require(Path directory, long parameterBytes) throws IOException {
        Path existing = directory.toAbsolutePath();
        while (existing.getParent() != null && !Files.exists(existing)) {
            existing = existing.getParent();
        }
        FileStore disk = Files.getFileStore(existing);
        // Some network file systems do not tell.
        if (disk.getTotalSpace() > 0) {
            require(directory, parameterBytes, disk.getUsableSpace());
        }
    }

    static void require(Path directory, long parameterBytes, long usable) {
        long needed = COPIES * parameterBytes;
        if (usable < needed) {
            throw new Cloze4jException(String.format(
                    Locale.ROOT,
                    "Expected %.1f MB of free space for a checkpoint and the model in %s. Received: %.1f MB."
                            + " Free some, or name a directory on another disk with --output",
                    needed / MEGABYTE,
                    directory,
                    usable / MEGABYTE));
        }
    }
}
