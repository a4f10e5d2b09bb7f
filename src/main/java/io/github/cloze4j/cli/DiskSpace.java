package io.github.cloze4j.cli;

import io.github.cloze4j.Cloze4jException;
import io.github.cloze4j.cli.pretrain.PretrainOutput;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.stream.Stream;

/** Finds before hours of training that a disk cannot hold what they end in. */
public final class DiskSpace {
    /** Checkpoints that a run certainly has room for, as many as are kept by default. */
    private static final int FIRST_CHECKPOINTS = 2;

    /** Text takes at least three bytes for each byte of its tokens in every language that was tried. */
    private static final int TEXT_A_BYTE_OF_SHARDS = 3;

    private static final double MEGABYTE = 1e6;

    private DiskSpace() {}

    /**
     * Refuses a run whose model and first checkpoints have no room, and warns if the disk does not hold all checkpoints that
     * are to be kept: how many a run makes depends on the time that it takes. One checkpoint more than those that are kept is
     * on the disk while it is written.
     *
     * @param output may not exist yet; its checkpoints, which new ones replace, count as room
     * @param modelBytes the bytes of the model's weights
     * @param checkpointBytes the bytes of a checkpoint's tensors
     * @param keep checkpoints that are kept
     * @param textBytes text that the run prepares in its directory
     * @param console gets the warning
     * @throws Cloze4jException naming the space that is needed and that there is
     */
    public static void require(
            PretrainOutput output, long modelBytes, long checkpointBytes, int keep, long textBytes, Console console)
            throws IOException {
        Path directory = output.directory();
        OptionalLong free = free(directory);
        if (free.isPresent()) {
            long replaced = bytes(output.checkpoints()) + bytes(output.former());
            requireForShards(directory, textBytes, free.getAsLong());
            long usable = free.getAsLong() + replaced - textBytes / TEXT_A_BYTE_OF_SHARDS;
            require(directory, modelBytes, checkpointBytes, Math.min(keep, FIRST_CHECKPOINTS), usable);
            if (usable < bytes(modelBytes, checkpointBytes, keep)) {
                console.warn(String.format(
                        Locale.ROOT,
                        "%s has %.1f MB of free space, and the model with %d checkpoints (--keep) takes %.1f MB: a run that"
                                + " makes as many will fail",
                        directory,
                        usable / MEGABYTE,
                        keep,
                        bytes(modelBytes, checkpointBytes, keep) / MEGABYTE));
            }
        }
    }

    /**
     * Refuses to prepare text for which the disk has no room.
     *
     * @param output may not exist yet
     * @throws Cloze4jException naming the space that is needed at least and that there is
     */
    static void requireForShards(Path output, long textBytes) throws IOException {
        OptionalLong free = free(output);
        if (free.isPresent()) {
            requireForShards(output, textBytes, free.getAsLong());
        }
    }

    static void requireForShards(Path output, long textBytes, long usable) {
        long needed = textBytes / TEXT_A_BYTE_OF_SHARDS;
        if (usable < needed) {
            throw new Cloze4jException(String.format(
                    Locale.ROOT,
                    "Expected at least %.1f MB of free space for the tokens of %.1f MB of text in %s. Received: %.1f MB."
                            + " Free some, or name a directory on another disk with --output",
                    needed / MEGABYTE,
                    textBytes / MEGABYTE,
                    output,
                    usable / MEGABYTE));
        }
    }

    /** The free bytes where a directory is or will be; empty on a network file system that does not tell. */
    private static OptionalLong free(Path directory) throws IOException {
        Path existing = directory.toAbsolutePath();
        while (existing.getParent() != null && !Files.exists(existing)) {
            existing = existing.getParent();
        }
        FileStore disk = Files.getFileStore(existing);
        return disk.getTotalSpace() > 0 ? OptionalLong.of(disk.getUsableSpace()) : OptionalLong.empty();
    }

    private static long bytes(Path tree) throws IOException {
        if (!Files.exists(tree)) {
            return 0;
        }
        long bytes = 0;
        try (Stream<Path> files = Files.walk(tree)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                bytes += Files.size(file);
            }
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        return bytes;
    }

    /** The bytes of a model and its checkpoints. Not exact: there may be more of them than a long holds. */
    private static double bytes(long modelBytes, long checkpointBytes, int keep) {
        return checkpointBytes * (keep + 1.0) + modelBytes;
    }

    static void require(Path directory, long modelBytes, long checkpointBytes, int keep, long usable) {
        double needed = bytes(modelBytes, checkpointBytes, keep);
        if (usable < needed) {
            throw new Cloze4jException(String.format(
                    Locale.ROOT,
                    "Expected %.1f MB of free space for %d checkpoints and the model in %s. Received: %.1f MB."
                            + " Free some, lower --keep, or name a directory on another disk with --output",
                    needed / MEGABYTE,
                    keep + 1L,
                    directory,
                    usable / MEGABYTE));
        }
    }
}
