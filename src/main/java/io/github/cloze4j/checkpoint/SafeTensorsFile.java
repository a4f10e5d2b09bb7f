package io.github.cloze4j.checkpoint;

import io.github.cloze4j.CheckpointFormatException;
import io.github.cloze4j.Cloze4jException;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/**
 * An open safetensors file whose header has been checked completely; tensors are mapped into memory when asked for.
 * Tensors stay valid after {@link #close}. Every method may be called from any thread.
 */
public final class SafeTensorsFile implements AutoCloseable {
    private static final int LENGTH_BYTES = 8;

    private final Path path;
    private final FileChannel channel;
    private final SafeTensorsHeader header;
    private final long dataStart;

    private SafeTensorsFile(Path path, FileChannel channel, SafeTensorsHeader header, long dataStart) {
        this.path = path;
        this.channel = channel;
        this.header = header;
        this.dataStart = dataStart;
    }

    static SafeTensorsFile open(Path path) {
        try {
            return Uninterrupted.call(() -> opened(path));
        } catch (IOException e) {
            throw new CheckpointFormatException(
                    path + ": expected a safetensors file, received a failure: " + describe(e)
                            + "; copy or download the file again",
                    e);
        }
    }

    private static SafeTensorsFile opened(Path path) throws IOException {
        FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
        try {
            return read(path, channel);
        } catch (IOException | RuntimeException | Error e) {
            channel.close();
            throw e;
        }
    }

    private static SafeTensorsFile read(Path path, FileChannel channel) throws IOException {
        long size = channel.size();
        if (size < LENGTH_BYTES) {
            throw new IOException("expected at least " + LENGTH_BYTES + " bytes, received " + size);
        }
        long headerLength = readFully(channel, 0, LENGTH_BYTES).getLong();
        long atMost = Math.min(SafeTensorsHeader.MAXIMUM_LENGTH, size - LENGTH_BYTES);
        // Unsigned in the file: what reads as negative is too long as well.
        if (headerLength < 0 || headerLength > atMost) {
            throw new IOException("expected a header of at most " + atMost + " bytes, received a length of "
                    + Long.toUnsignedString(headerLength));
        }
        long dataStart = LENGTH_BYTES + headerLength;
        ByteBuffer text = readFully(channel, LENGTH_BYTES, Math.toIntExact(headerLength));
        return new SafeTensorsFile(path, channel, SafeTensorsHeader.parse(text, size - dataStart), dataStart);
    }

    private static ByteBuffer readFully(FileChannel channel, long start, int length) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
        while (buffer.hasRemaining()) {
            if (channel.read(buffer, start + buffer.position()) < 0) {
                throw new EOFException("expected " + length + " bytes at " + start + ", received the end of the file");
            }
        }
        return buffer.flip();
    }

    private static String describe(IOException failure) {
        // Our own messages speak for themselves; those of the system need their class ("NoSuchFileException: x").
        return failure.getClass() == IOException.class && failure.getMessage() != null
                ? failure.getMessage()
                : failure.toString().replace('\n', ' ');
    }

    /** The names of the tensors in the order of their data. */
    public List<String> names() {
        return List.copyOf(header.entries().keySet());
    }

    /** The free strings of the header. */
    public Map<String, String> metadata() {
        return Collections.unmodifiableMap(header.metadata());
    }

    /**
     * Maps a tensor into memory, read-only.
     *
     * @throws CheckpointFormatException if the file has no such tensor or it is longer than a buffer can be
     * @throws Cloze4jException if the thread is interrupted while it maps
     */
    public NamedTensor tensor(String name) {
        SafeTensorsHeader.Entry entry = header.entries().get(name);
        if (entry == null) {
            throw new CheckpointFormatException(path + ": expected a tensor " + name + ", received "
                    + header.entries().size() + " others; check that the file belongs to this model");
        }
        long length = entry.end() - entry.begin();
        if (length > Integer.MAX_VALUE) {
            throw new CheckpointFormatException(path + ": expected tensors below 2 GiB, received " + length
                    + " bytes in " + name + "; split the tensor");
        }
        try {
            ByteBuffer data = length == 0 ? ByteBuffer.allocate(0) : map(dataStart + entry.begin(), length);
            return new NamedTensor(name, entry.type(), entry.shape(), data);
        } catch (IOException e) {
            throw new CheckpointFormatException(
                    path + ": expected to map tensor " + name + ", received " + e
                            + "; keep the file open and in place while reading",
                    e);
        }
    }

    /** An interrupt before the call does not matter; one in its midst closes the channel for good. */
    private ByteBuffer map(long start, long length) throws IOException {
        boolean interrupted = Thread.interrupted();
        try {
            return channel.map(FileChannel.MapMode.READ_ONLY, start, length);
        } catch (ClosedByInterruptException e) {
            throw new Cloze4jException(
                    path + ": Expected to read the file. Received: an interrupt of the thread. Read the file again", e);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Closes the file; nothing more can be asked for. */
    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new CheckpointFormatException(
                    path + ": expected to close the file, received " + e + "; check the disk", e);
        }
    }
}
