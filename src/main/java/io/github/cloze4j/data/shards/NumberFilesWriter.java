package io.github.cloze4j.data.shards;

import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Writes a long array of little-endian numbers as files {@code name-00000.bin, name-00001.bin, ...} of a fixed length, the
 * last one shorter. Each block of {@link #BLOCK_BYTES} of a file has a checksum of its own. Holds a buffer and the checksums. Not on a {@code FileChannel}, which an interrupt of the thread would close.
 */
final class NumberFilesWriter implements AutoCloseable {
    /** The bytes of a file that one checksum covers; the last block of a file may be shorter. */
    static final int BLOCK_BYTES = 1 << 18;

    private final Path directory;
    private final String name;
    private final int width;
    private final int fileBytes;
    private final ByteBuffer buffer = ByteBuffer.allocate(BLOCK_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    private final List<Long> checksums = new ArrayList<>();
    private @Nullable FileOutputStream file;
    private int files;
    private int written;

    /**
     * @param width bytes of a number: 2, 4 or 8
     * @param fileBytes length of every file but the last, a multiple of 8
     */
    NumberFilesWriter(Path directory, String name, int width, int fileBytes) {
        this.directory = directory;
        this.name = name;
        this.width = width;
        this.fileBytes = fileBytes;
    }

    static Path file(Path directory, String name, int number) {
        return directory.resolve(String.format(Locale.ROOT, "%s-%05d.bin", name, number));
    }

    void add(long number) throws IOException {
        if (buffer.remaining() < width || written + buffer.position() == fileBytes) {
            flush();
        }
        switch (width) {
            case Short.BYTES -> buffer.putShort((short) number);
            case Integer.BYTES -> buffer.putInt((int) number);
            default -> buffer.putLong(number);
        }
    }

    /** The number of blocks of a file. */
    static int blocks(long fileBytes) {
        return (int) ((fileBytes + BLOCK_BYTES - 1) / BLOCK_BYTES);
    }

    /** Brings everything to the disk. Returns the CRC-32C of each block, file after file. */
    List<Long> finish() throws IOException {
        if (buffer.position() > 0) {
            flush();
        }
        if (file != null) {
            endFile(file);
        }
        return List.copyOf(checksums);
    }

    /** Writes one block. */
    private void flush() throws IOException {
        FileOutputStream open = file;
        if (open == null) {
            Path path = Files.createFile(file(directory, name, files));
            open = new FileOutputStream(path.toFile());
            file = open;
            files++;
        }
        buffer.flip();
        written += buffer.remaining();
        CRC32C checksum = new CRC32C();
        checksum.update(buffer.duplicate());
        checksums.add(checksum.getValue());
        open.write(buffer.array(), 0, buffer.limit());
        buffer.clear();
        if (written == fileBytes) {
            endFile(open);
        }
    }

    private void endFile(FileOutputStream open) throws IOException {
        open.getFD().sync();
        open.close();
        file = null;
        written = 0;
    }

    /** Leaves the files as they are. */
    @Override
    public void close() throws IOException {
        if (file != null) {
            file.close();
        }
    }
}
