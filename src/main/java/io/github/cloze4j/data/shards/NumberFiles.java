package io.github.cloze4j.data.shards;

import io.github.cloze4j.CheckpointFormatException;
import io.github.cloze4j.files.Uninterrupted;
import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * The files of a {@link NumberFilesWriter}, mapped into memory. A block is compared with its checksum when it is first read.
 * Immutable and thread-safe.
 */
final class NumberFiles {
    private static final int BLOCK_BYTES = NumberFilesWriter.BLOCK_BYTES;

    private final Path directory;
    private final String name;
    private final MappedByteBuffer[] files;
    private final int width;
    private final int numbersPerFile;
    private final int blocksPerFile;
    private final List<Long> checksums;

    /** By block, whether its content has been compared. Threads that do not see each other's entries compare it again. */
    private final boolean[] verified;

    private NumberFiles(
            Path directory, String name, MappedByteBuffer[] files, int width, int fileBytes, List<Long> checksums) {
        this.directory = directory;
        this.name = name;
        this.files = files;
        this.width = width;
        this.checksums = checksums;
        numbersPerFile = fileBytes / width;
        blocksPerFile = NumberFilesWriter.blocks((long) numbersPerFile * width);
        verified = new boolean[checksums.size()];
    }

    /**
     * Maps the files and compares every length, without reading the files.
     *
     * @param count numbers in all files together
     * @param checksums of the blocks
     * @throws IOException if a file is absent or of another length
     */
    static NumberFiles open(Path directory, String name, int width, int fileBytes, long count, List<Long> checksums)
            throws IOException {
        int numbersPerFile = fileBytes / width;
        long whole = count / numbersPerFile;
        long rest = count % numbersPerFile;
        long blocks = Math.addExact(
                Math.multiplyExact(whole, NumberFilesWriter.blocks((long) numbersPerFile * width)),
                NumberFilesWriter.blocks(rest * width));
        if (blocks != checksums.size()) {
            throw new IOException("expected checksums of " + blocks + " blocks of the " + name + " files, received "
                    + checksums.size() + " in the manifest");
        }
        MappedByteBuffer[] files = new MappedByteBuffer[Math.toIntExact(whole + (rest == 0 ? 0 : 1))];
        for (int i = 0; i < files.length; i++) {
            long numbers = Math.min(numbersPerFile, count - (long) i * numbersPerFile);
            files[i] = map(NumberFilesWriter.file(directory, name, i), numbers * width);
        }
        return new NumberFiles(directory, name, files, width, fileBytes, checksums);
    }

    private static MappedByteBuffer map(Path file, long bytes) throws IOException {
        long length = Files.size(file);
        if (length != bytes) {
            throw new IOException("expected " + bytes + " bytes in " + file.getFileName() + ", received " + length);
        }
        MappedByteBuffer buffer = Uninterrupted.call(() -> {
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
                return channel.map(FileChannel.MapMode.READ_ONLY, 0, bytes);
            }
        });
        buffer.order(ByteOrder.LITTLE_ENDIAN);
        return buffer;
    }

    /**
     * The number at an index.
     *
     * @throws CheckpointFormatException if its block is damaged
     */
    long get(long index) {
        int number = (int) (index / numbersPerFile);
        MappedByteBuffer file = files[number];
        int at = (int) (index % numbersPerFile) * width;
        requireVerified(number, at, width);
        return switch (width) {
            case Short.BYTES -> Short.toUnsignedLong(file.getShort(at));
            case Integer.BYTES -> file.getInt(at);
            default -> file.getLong(at);
        };
    }

    private void requireVerified(int file, int firstByte, int bytes) {
        int last = (firstByte + bytes - 1) / BLOCK_BYTES;
        for (int block = firstByte / BLOCK_BYTES; block <= last; block++) {
            int ofAll = file * blocksPerFile + block;
            if (!verified[ofAll]) {
                verify(file, block, checksums.get(ofAll));
                verified[ofAll] = true;
            }
        }
    }

    private void verify(int file, int block, long expected) {
        int from = block * BLOCK_BYTES;
        int length = Math.min(BLOCK_BYTES, files[file].capacity() - from);
        // On the heap: if the file is truncated, Java survives a copy of mapped memory, but no checksum of it.
        byte[] content = new byte[length];
        files[file].get(from, content);
        CRC32C checksum = new CRC32C();
        checksum.update(content);
        if (checksum.getValue() != expected) {
            throw new CheckpointFormatException(NumberFilesWriter.file(directory, name, file)
                    + ": Expected the CRC-32C " + expected + " of the " + length + " bytes from " + from
                    + ". Received: " + checksum.getValue() + ". Prepare the data again");
        }
    }

    /** Describes a file that has become shorter since it was opened; empty if there is none. */
    Optional<String> loss() {
        for (int i = 0; i < files.length; i++) {
            Path file = NumberFilesWriter.file(directory, name, i);
            int expected = files[i].capacity();
            try {
                long length = Files.size(file);
                if (length < expected) {
                    return Optional.of(file + ": Expected " + expected
                            + " bytes, as when the file was opened. Received: " + length);
                }
            } catch (IOException ignored) {
                // A file that was deleted can still be read where it is mapped.
            }
        }
        return Optional.empty();
    }

    /**
     * Copies numbers that fit an int.
     *
     * @throws CheckpointFormatException if one of their blocks is damaged
     */
    void copy(long from, int[] target, int at, int count) {
        int copied = 0;
        while (copied < count) {
            long index = from + copied;
            int first = (int) (index % numbersPerFile);
            int run = Math.min(count - copied, numbersPerFile - first);
            int file = (int) (index / numbersPerFile);
            requireVerified(file, first * width, run * width);
            copyRun(files[file], first * width, target, at + copied, run);
            copied += run;
        }
    }

    private void copyRun(MappedByteBuffer file, int firstByte, int[] target, int at, int count) {
        if (width == Short.BYTES) {
            for (int i = 0; i < count; i++) {
                target[at + i] = Short.toUnsignedInt(file.getShort(firstByte + i * Short.BYTES));
            }
        } else {
            for (int i = 0; i < count; i++) {
                target[at + i] = file.getInt(firstByte + i * Integer.BYTES);
            }
        }
    }
}
