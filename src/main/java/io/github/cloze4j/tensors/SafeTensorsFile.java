package io.github.cloze4j.tensors;

import io.github.cloze4j.CheckpointFormatException;
import io.github.cloze4j.Cloze4jException;
import io.github.cloze4j.files.BoundedFiles;
import io.github.cloze4j.files.ForeignContent;
import io.github.cloze4j.files.Uninterrupted;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/**
 * An open safetensors file whose header has been checked completely; a tensor is mapped into memory when it is read.
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
                    path + ": Expected a safetensors file. Received: " + BoundedFiles.describe(e)
                            + ". Copy or download the file again",
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
        byte[] beginning = readFully(channel, 0, (int) Math.min(size, ForeignContent.BEGINNING))
                .array();
        if (size < LENGTH_BYTES) {
            throw new IOException(
                    size == 0
                            ? "an empty file"
                            : "one that is damaged: expected at least " + LENGTH_BYTES + " bytes, received " + size);
        }
        ForeignContent.refuse(beginning);
        long headerLength =
                ByteBuffer.wrap(beginning).order(ByteOrder.LITTLE_ENDIAN).getLong();
        long atMost = Math.min(SafeTensorsHeader.MAXIMUM_LENGTH, size - LENGTH_BYTES);
        try {
            // Unsigned in the file: what reads as negative is too long as well.
            if (headerLength < 0 || headerLength > atMost) {
                throw new IOException("expected a header of at most " + atMost + " bytes, received a length of "
                        + Long.toUnsignedString(headerLength));
            }
            // JSON allows white space here; the format does not.
            if (headerLength == 0 || beginning[LENGTH_BYTES] != '{') {
                throw new IOException("expected a header that begins with {, received another");
            }
            long dataStart = LENGTH_BYTES + headerLength;
            SafeTensorsHeader header =
                    SafeTensorsHeader.parse(new Part(channel, LENGTH_BYTES, dataStart), size - dataStart);
            return new SafeTensorsFile(path, channel, header, dataStart);
        } catch (ClosedByInterruptException interrupted) {
            throw interrupted;
        } catch (IOException e) {
            throw new IOException("one that is damaged: " + BoundedFiles.describe(e), e);
        }
    }

    /** The bytes {@code [position, end)} of a file, which stays open. */
    private static final class Part extends InputStream {
        private final FileChannel channel;
        private final long end;
        private long position;

        Part(FileChannel channel, long position, long end) {
            this.channel = channel;
            this.position = position;
            this.end = end;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            int most = (int) Math.min(length, end - position);
            int count = most == 0 ? -1 : channel.read(ByteBuffer.wrap(bytes, offset, most), position);
            position += Math.max(0, count);
            return count;
        }
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

    /** The names of the tensors in the order of their data. */
    public List<String> names() {
        return List.copyOf(header.entries().keySet());
    }

    /** The free strings of the header. */
    public Map<String, String> metadata() {
        return Collections.unmodifiableMap(header.metadata());
    }

    /** The type of a tensor by its name in the file, also of a type that is not read here, such as {@code F8_E4M3}. */
    public String typeName(String name) {
        return entry(name).typeName();
    }

    /** The lengths of a tensor's dimensions; none for a scalar. */
    public long[] shape(String name) {
        return entry(name).shape().clone();
    }

    private SafeTensorsHeader.Entry entry(String name) {
        SafeTensorsHeader.Entry entry = header.entries().get(name);
        if (entry == null) {
            throw new CheckpointFormatException(path + ": Expected a tensor " + name + ". Received: "
                    + header.entries().size() + " others. Check that the file belongs to this model");
        }
        return entry;
    }

    /**
     * Maps a tensor into memory, read-only.
     *
     * @throws CheckpointFormatException if the file has no such tensor, or the tensor is longer than a buffer can be or of a
     *     type that is not read here
     * @throws Cloze4jException if the thread is interrupted while it maps
     */
    public NamedTensor tensor(String name) {
        SafeTensorsHeader.Entry entry = entry(name);
        TensorType type = entry.type();
        if (type == null) {
            throw new CheckpointFormatException(path + ": Expected tensor " + name + " of a type of "
                    + Arrays.toString(TensorType.values()) + ". Received: " + entry.typeName()
                    + ". Convert the tensor and write the file again");
        }
        long length = entry.end() - entry.begin();
        if (length > Integer.MAX_VALUE) {
            throw new CheckpointFormatException(path + ": Expected tensors below 2 GiB. Received: " + length
                    + " bytes in " + name + ". Split the tensor");
        }
        try {
            ByteBuffer data = length == 0 ? ByteBuffer.allocate(0) : map(dataStart + entry.begin(), length);
            return new NamedTensor(name, type, entry.shape(), data);
        } catch (IOException e) {
            throw new CheckpointFormatException(
                    path + ": Expected to map tensor " + name + ". Received: " + BoundedFiles.describe(e)
                            + ". Keep the file open and in place while reading",
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
                    path + ": Expected to close the file. Received: " + BoundedFiles.describe(e) + ". Check the disk",
                    e);
        }
    }
}
