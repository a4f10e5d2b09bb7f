package io.github.cloze4j.data.shards;

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

/** The files of a {@link NumberFilesWriter}, mapped into memory. Immutable and thread-safe. */
final class NumberFiles {
    private final Path directory;
    private final String name;
    private final MappedByteBuffer[] files;
    private final int width;
    private final int numbersPerFile;

    private NumberFiles(Path directory, String name, MappedByteBuffer[] files, int width, int numbersPerFile) {
        this.directory = directory;
        this.name = name;
        this.files = files;
        this.width = width;
        this.numbersPerFile = numbersPerFile;
    }

    /**
     * Maps the files and compares every length and checksum.
     *
     * @param count numbers in all files together
     * @throws IOException if a file is absent, of another length or of another content
     */
    static NumberFiles open(Path directory, String name, int width, int fileBytes, long count, List<Long> checksums)
            throws IOException {
        int numbersPerFile = fileBytes / width;
        long needed = count / numbersPerFile + (count % numbersPerFile == 0 ? 0 : 1);
        if (needed != checksums.size()) {
            throw new IOException("expected checksums of " + needed + " " + name + " files, received "
                    + checksums.size() + " in the manifest");
        }
        MappedByteBuffer[] files = new MappedByteBuffer[checksums.size()];
        for (int i = 0; i < files.length; i++) {
            long numbers = Math.min(numbersPerFile, count - (long) i * numbersPerFile);
            files[i] = map(NumberFilesWriter.file(directory, name, i), numbers * width, checksums.get(i));
        }
        return new NumberFiles(directory, name, files, width, numbersPerFile);
    }

    private static MappedByteBuffer map(Path file, long bytes, long expected) throws IOException {
        long length = Files.size(file);
        if (length != bytes) {
            throw new IOException("expected " + bytes + " bytes in " + file.getFileName() + ", received " + length);
        }
        MappedByteBuffer buffer = Uninterrupted.call(() -> {
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
                return channel.map(FileChannel.MapMode.READ_ONLY, 0, bytes);
            }
        });
        CRC32C checksum = new CRC32C();
        checksum.update(buffer.duplicate());
        if (checksum.getValue() != expected) {
            throw new IOException("expected the CRC-32C " + expected + " of " + file.getFileName() + ", received "
                    + checksum.getValue());
        }
        buffer.order(ByteOrder.LITTLE_ENDIAN);
        return buffer;
    }

    long get(long index) {
        MappedByteBuffer file = files[(int) (index / numbersPerFile)];
        int at = (int) (index % numbersPerFile) * width;
        return switch (width) {
            case Short.BYTES -> Short.toUnsignedLong(file.getShort(at));
            case Integer.BYTES -> file.getInt(at);
            default -> file.getLong(at);
        };
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

    /** Copies numbers that fit an int. */
    void copy(long from, int[] target, int at, int count) {
        int copied = 0;
        while (copied < count) {
            long index = from + copied;
            int first = (int) (index % numbersPerFile);
            int run = Math.min(count - copied, numbersPerFile - first);
            copyRun(files[(int) (index / numbersPerFile)], first * width, target, at + copied, run);
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
