package io.github.cloze4j.pretrained.google;

import io.github.cloze4j.CheckpointFormatException;
import io.github.cloze4j.files.BoundedFiles;
import io.github.cloze4j.files.ForeignContent;
import io.github.cloze4j.files.MaskedCrc32c;
import io.github.cloze4j.files.Uninterrupted;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.tensorflow.framework.DataType;
import org.tensorflow.framework.TensorShapeProto;
import org.tensorflow.util.BundleEntryProto;
import org.tensorflow.util.BundleHeaderProto;

/**
 * A checkpoint of TensorFlow's second format ({@code tensor_bundle.cc}): an index of the tensors, which is a LevelDB table
 * of protocol buffers, and shards with their numbers. The index is checked completely when it is opened, a tensor's
 * numbers when they are read. No file stays open.
 */
final class TensorBundle {
    static final String INDEX_SUFFIX = ".index";

    /** That of BERT-base has 8,530 bytes; a hostile one must not fill the memory. */
    private static final long MAXIMUM_INDEX_BYTES = 4 << 20;

    /** Of all names together: keys share their beginnings in the file, not here. */
    private static final long MAXIMUM_NAME_CHARACTERS = 4 * MAXIMUM_INDEX_BYTES;

    private static final int MAXIMUM_RANK = 32;

    /** The version of the format; a file may demand readers of a later one. */
    private static final int VERSION = 1;

    private final Path index;
    private final List<Path> shards;
    private final Map<String, Entry> entries;

    /**
     * Where a tensor lies.
     *
     * @param crc the masked CRC-32C of its bytes
     */
    record Entry(String name, DataType type, long[] shape, int shard, long offset, long size, int crc) {
        boolean isFloat(long... expected) {
            return type == DataType.DT_FLOAT && Arrays.equals(shape, expected);
        }

        @Override
        public String toString() {
            return name + " " + Arrays.toString(shape) + (type == DataType.DT_FLOAT ? "" : " " + type);
        }
    }

    private TensorBundle(Path index, List<Path> shards, Map<String, Entry> entries) {
        this.index = index;
        this.shards = shards;
        this.entries = entries;
    }

    /**
     * Opens a checkpoint.
     *
     * @param index the file that ends in {@link #INDEX_SUFFIX}; the shards lie beside it
     * @throws CheckpointFormatException if a file is missing, cannot be read or breaks any rule of the format
     */
    static TensorBundle open(Path index) {
        try {
            IndexReader reader = new IndexReader();
            LevelDbTable.read(readIndex(index), reader);
            BundleHeaderProto header = reader.header;
            if (header == null) {
                throw new IOException("expected a header, received a table without one");
            }
            List<Path> shards = shards(index, header);
            checkPlaces(reader.entries.values(), shards);
            return new TensorBundle(index, shards, reader.entries);
        } catch (IOException e) {
            throw failure(index, "a checkpoint of TensorFlow's second format", e);
        }
    }

    Path index() {
        return index;
    }

    /** By their names, in the order of these. */
    Map<String, Entry> entries() {
        return Collections.unmodifiableMap(entries);
    }

    /**
     * The numbers of a tensor, little endian, on the heap.
     *
     * @throws CheckpointFormatException if they cannot be read or their checksum is another one
     */
    ByteBuffer read(Entry entry) {
        Path shard = shards.get(entry.shard());
        try {
            if (entry.size() > Integer.MAX_VALUE) {
                throw new IOException("expected less than 2 GiB, received " + entry.size() + " bytes");
            }
            ByteBuffer data = readFully(shard, entry.offset(), (int) entry.size());
            int received = MaskedCrc32c.of(data);
            if (received != entry.crc()) {
                throw new IOException("expected checksum " + Integer.toHexString(entry.crc()) + ", received "
                        + Integer.toHexString(received));
            }
            return data;
        } catch (IOException e) {
            throw failure(shard, "the numbers of tensor " + entry.name(), e);
        }
    }

    private static ByteBuffer readIndex(Path index) throws IOException {
        ForeignContent.refuse(index);
        long bytes = Files.size(index);
        if (bytes > MAXIMUM_INDEX_BYTES) {
            throw new IOException("expected an index of at most " + MAXIMUM_INDEX_BYTES + " bytes, received " + bytes);
        }
        return readFully(index, 0, (int) bytes);
    }

    private static ByteBuffer readFully(Path path, long start, int length) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
        return Uninterrupted.call(() -> {
            try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
                while (bytes.hasRemaining()) {
                    if (channel.read(bytes, start + bytes.position()) < 0) {
                        throw new EOFException("expected " + length + " bytes, received the end of the file");
                    }
                }
            }
            return bytes.flip();
        });
    }

    private static List<Path> shards(Path index, BundleHeaderProto header) throws IOException {
        int count = header.getNumShards();
        if (count < 1
                || header.getEndianness() != BundleHeaderProto.Endianness.LITTLE
                || header.getVersion().getMinConsumer() > VERSION) {
            throw new IOException("expected at least one shard, little endian, of version " + VERSION + ", received "
                    + header.toString().replaceAll("\\s+", " "));
        }
        String name = index.getFileName().toString();
        String prefix = name.substring(0, name.length() - INDEX_SUFFIX.length());
        List<Path> shards = new ArrayList<>();
        for (int shard = 0; shard < count; shard++) {
            Path path = index.resolveSibling(String.format(Locale.ROOT, "%s.data-%05d-of-%05d", prefix, shard, count));
            if (!Files.isRegularFile(path)) {
                throw new IOException("expected the shard " + path.getFileName() + " beside it, received none");
            }
            requireNumbers(path);
            shards.add(path);
        }
        return shards;
    }

    private static void requireNumbers(Path shard) throws IOException {
        try {
            ForeignContent.refuse(shard);
        } catch (IOException e) {
            throw new IOException("the shard " + shard.getFileName() + " as " + BoundedFiles.describe(e), e);
        }
    }

    private static void checkPlaces(Collection<Entry> entries, List<Path> shards) throws IOException {
        List<Entry> ordered = new ArrayList<>(entries);
        // Empty tensors come before the one that begins where they lie.
        ordered.sort(Comparator.comparingInt(Entry::shard)
                .thenComparingLong(Entry::offset)
                .thenComparingLong(Entry::size));
        int shard = -1;
        long length = 0;
        long end = 0;
        for (Entry entry : ordered) {
            if (entry.shard() < 0 || entry.shard() >= shards.size()) {
                throw new IOException("expected a shard in [0, " + shards.size() + "), received " + entry.shard()
                        + " for " + entry.name());
            }
            if (entry.shard() != shard) {
                shard = entry.shard();
                length = Files.size(shards.get(shard));
                end = 0;
            }
            if (entry.offset() < end || entry.size() < 0 || entry.size() > length - entry.offset()) {
                throw new IOException("expected the data of " + entry.name() + " in [" + end + ", " + length
                        + ") of shard " + shard + ", received offset " + entry.offset() + " and " + entry.size()
                        + " bytes");
            }
            end = entry.offset() + entry.size();
        }
    }

    private static CheckpointFormatException failure(Path path, String expected, IOException cause) {
        String received = BoundedFiles.describe(cause);
        return new CheckpointFormatException(
                (path + ": Expected " + expected + ". Received: " + received).replaceAll("\\s+", " ")
                        + ". Copy or download the checkpoint again",
                cause);
    }

    /** What the table's entries say, each checked by itself. */
    private static final class IndexReader implements LevelDbTable.EntryReader {
        private final Map<String, Entry> entries = new TreeMap<>();
        private @Nullable BundleHeaderProto header;
        private long nameCharacters;

        @Override
        public void entry(String name, ByteBuffer value) throws IOException {
            nameCharacters += name.length();
            if (nameCharacters > MAXIMUM_NAME_CHARACTERS) {
                throw new IOException(
                        "expected names of at most " + MAXIMUM_NAME_CHARACTERS + " characters together, received more");
            }
            if (name.isEmpty()) {
                header = BundleHeaderProto.parseFrom(value);
            } else {
                entries.put(name, entry(name, BundleEntryProto.parseFrom(value)));
            }
        }

        private static Entry entry(String name, BundleEntryProto proto) throws IOException {
            if (proto.getSlicesCount() > 0) {
                throw new IOException("expected whole tensors, received " + name + " in slices");
            }
            TensorShapeProto shape = proto.getShape();
            if (shape.getUnknownRank() || shape.getDimCount() > MAXIMUM_RANK) {
                throw new IOException("expected a shape of at most " + MAXIMUM_RANK + " dimensions, received "
                        + (shape.getUnknownRank() ? "an unknown rank" : shape.getDimCount()) + " for " + name);
            }
            long[] lengths = new long[shape.getDimCount()];
            long bytes = Float.BYTES;
            for (int i = 0; i < lengths.length; i++) {
                lengths[i] = shape.getDim(i).getSize();
                if (lengths[i] < 0) {
                    throw new IOException("expected lengths from 0, received " + lengths[i] + " for " + name);
                }
                try {
                    bytes = Math.multiplyExact(bytes, lengths[i]);
                } catch (ArithmeticException e) {
                    throw new IOException("expected less than 2^63 bytes, received more for " + name, e);
                }
            }
            if (proto.getDtype() == DataType.DT_FLOAT && bytes != proto.getSize()) {
                throw new IOException("expected " + bytes + " bytes of numbers of shape " + Arrays.toString(lengths)
                        + ", received " + proto.getSize() + " for " + name);
            }
            return new Entry(
                    name,
                    proto.getDtype(),
                    lengths,
                    proto.getShardId(),
                    proto.getOffset(),
                    proto.getSize(),
                    proto.getCrc32C());
        }
    }
}
