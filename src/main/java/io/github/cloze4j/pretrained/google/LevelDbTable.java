package io.github.cloze4j.pretrained.google;

import io.github.cloze4j.files.MaskedCrc32c;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A LevelDB table as TensorFlow writes it: keys in ascending order with their values, in blocks that each have a checksum;
 * an index block that says where the others lie; a footer that says where the index lies ({@code table_format.md} of
 * LevelDB). {@link IOException} says what is wrong, without the name of the file.
 */
final class LevelDbTable {
    private static final int FOOTER_BYTES = 48;
    private static final int MAGIC_BYTES = 8;
    private static final long MAGIC = 0xdb4775248b80fb57L;

    /** Behind each block: its compression and its checksum. */
    private static final int TRAILER_BYTES = 1 + Integer.BYTES;

    private static final int UNCOMPRESSED = 0;
    private static final int SNAPPY = 1;

    /** Ten times the longest name of a BERT's tensor; bounds the copies that keys with shared beginnings ask for. */
    private static final int MAXIMUM_KEY_BYTES = 1024;

    private static final int VARINT_PAYLOAD_BITS = 7;
    private static final int VARINT_PAYLOAD = (1 << VARINT_PAYLOAD_BITS) - 1;

    private final ByteBuffer file;
    private final int blocksEnd;
    private long dataEnd;
    private byte[] lastKey = new byte[0];
    private boolean first = true;

    private LevelDbTable(ByteBuffer file) {
        this.file = file.slice().order(ByteOrder.LITTLE_ENDIAN);
        blocksEnd = this.file.limit() - FOOTER_BYTES;
    }

    /** Where a block lies. */
    private record Handle(long offset, long length) {
        static Handle read(ByteBuffer bytes) throws IOException {
            return new Handle(varint(bytes), varint(bytes));
        }
    }

    /** Takes the entries in their order; the value is a view that is valid during the call. */
    @FunctionalInterface
    interface EntryReader {
        void entry(String key, ByteBuffer value) throws IOException;
    }

    @FunctionalInterface
    private interface RawEntryReader {
        void entry(byte[] key, ByteBuffer value) throws IOException;
    }

    /** Reads every entry of a table that fills the buffer. */
    static void read(ByteBuffer file, EntryReader reader) throws IOException {
        try {
            new LevelDbTable(file).read(reader);
        } catch (BufferUnderflowException e) {
            throw new IOException("expected whole entries in each block, received the end of one within an entry", e);
        }
    }

    private void read(EntryReader reader) throws IOException {
        if (blocksEnd < 0 || file.getLong(file.limit() - MAGIC_BYTES) != MAGIC) {
            throw new IOException("expected a LevelDB table, received a file without its magic number at the end");
        }
        ByteBuffer footer = slice(blocksEnd, FOOTER_BYTES - MAGIC_BYTES);
        Handle.read(footer); // Of the block of metadata, which TensorFlow leaves empty.
        entries(block(Handle.read(footer)), (separator, value) -> {
            Handle handle = Handle.read(value);
            // So no block is read twice, however often the index names it.
            if (handle.offset() < dataEnd) {
                throw new IOException("expected blocks one behind the other, received offset " + handle.offset()
                        + " behind " + dataEnd);
            }
            entries(block(handle), (key, entry) -> reader.entry(next(key), entry));
            dataEnd = handle.offset() + handle.length() + TRAILER_BYTES;
        });
    }

    /** Keys ascend over all blocks; so no name comes twice. */
    private String next(byte[] key) throws IOException {
        if (!first && Arrays.compareUnsigned(lastKey, key) >= 0) {
            throw new IOException(
                    "expected keys in ascending order, received " + text(key) + " behind " + text(lastKey));
        }
        first = false;
        lastKey = key;
        return text(key);
    }

    private static String text(byte[] key) throws IOException {
        return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(key)).toString();
    }

    private ByteBuffer block(Handle handle) throws IOException {
        long offset = handle.offset();
        long length = handle.length();
        long most = (long) blocksEnd - TRAILER_BYTES;
        if (offset < 0 || length < 0 || offset > most || length > most - offset) {
            throw new IOException("expected a block within the first " + blocksEnd + " bytes, received offset " + offset
                    + " and length " + length);
        }
        ByteBuffer withType = slice((int) offset, (int) length + 1);
        int expected = file.getInt((int) (offset + length) + 1);
        int received = MaskedCrc32c.of(withType);
        if (received != expected) {
            throw new IOException("expected checksum " + Integer.toHexString(expected) + " of the block at " + offset
                    + ", received " + Integer.toHexString(received));
        }
        int compression = withType.get((int) length);
        if (compression != UNCOMPRESSED) {
            throw new IOException(
                    "expected an uncompressed block at " + offset + ", as TensorFlow writes them, received "
                            + (compression == SNAPPY ? "one compressed with Snappy" : "compression " + compression));
        }
        return slice((int) offset, (int) length);
    }

    private void entries(ByteBuffer block, RawEntryReader reader) throws IOException {
        // Behind the entries stand the offsets of those with whole keys, for binary search, and their number.
        int restarts = block.limit() < Integer.BYTES ? -1 : block.getInt(block.limit() - Integer.BYTES);
        long end = block.limit() - Integer.BYTES * (restarts + 1L);
        if (restarts < 0 || end < 0) {
            throw new IOException("expected a block that ends with its restart points, received " + restarts
                    + " of them in " + block.limit() + " bytes");
        }
        block.limit((int) end);
        byte[] key = new byte[0];
        while (block.hasRemaining()) {
            long shared = varint(block);
            long own = varint(block);
            long valueLength = varint(block);
            boolean fits = shared >= 0 && shared <= key.length && own >= 0 && own <= MAXIMUM_KEY_BYTES - shared;
            if (!fits || valueLength < 0 || valueLength > block.remaining() - own) {
                throw new IOException("expected an entry within its block and a key of at most " + MAXIMUM_KEY_BYTES
                        + " bytes, received lengths " + shared + ", " + own + " and " + valueLength);
            }
            key = Arrays.copyOf(key, (int) (shared + own));
            block.get(key, (int) shared, (int) own);
            ByteBuffer value = block.slice(block.position(), (int) valueLength);
            block.position(block.position() + (int) valueLength);
            reader.entry(key, value);
        }
    }

    private ByteBuffer slice(int offset, int length) {
        return file.slice(offset, length).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Seven bits a byte, the lowest first; one that is longer than 64 bits comes out negative or wrapped. */
    private static long varint(ByteBuffer bytes) throws IOException {
        long value = 0;
        for (int shift = 0; shift < Long.SIZE; shift += VARINT_PAYLOAD_BITS) {
            byte part = bytes.get();
            value |= (long) (part & VARINT_PAYLOAD) << shift;
            if (part >= 0) {
                return value;
            }
        }
        throw new IOException("expected a number of at most ten bytes, received a longer one");
    }
}
