package io.github.cloze4j.pretrained.google;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32C;
import org.nd4j.shade.protobuf.ByteString;
import org.tensorflow.framework.DataType;
import org.tensorflow.framework.TensorShapeProto;
import org.tensorflow.util.BundleEntryProto;
import org.tensorflow.util.BundleHeaderProto;

/** Writes TensorFlow checkpoints, right ones and wrong ones; what TensorFlow itself writes is a fixture of its own. */
final class BundleFixture {
    static final int PLAIN = 0;
    static final int SNAPPY = 1;

    private static final int ENTRIES_A_BLOCK = 7;

    final Map<String, BundleEntryProto.Builder> entries = new TreeMap<>();
    final List<ByteArrayOutputStream> shards = new ArrayList<>();
    BundleHeaderProto.Builder header = BundleHeaderProto.newBuilder();

    BundleFixture(int shardCount) {
        for (int i = 0; i < shardCount; i++) {
            shards.add(new ByteArrayOutputStream());
        }
        header.setNumShards(shardCount);
    }

    /** Adds a tensor of floats to a shard. */
    BundleFixture add(String name, int shard, float[] numbers, long... shape) {
        ByteBuffer bytes = ByteBuffer.allocate(numbers.length * 4).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(numbers);
        TensorShapeProto.Builder lengths = TensorShapeProto.newBuilder();
        for (long length : shape) {
            lengths.addDim(TensorShapeProto.Dim.newBuilder().setSize(length));
        }
        entries.put(
                name,
                BundleEntryProto.newBuilder()
                        .setDtype(DataType.DT_FLOAT)
                        .setShape(lengths)
                        .setShardId(shard)
                        .setOffset(shards.get(shard).size())
                        .setSize(bytes.capacity())
                        .setCrc32C(masked(bytes.array())));
        shards.get(shard).writeBytes(bytes.array());
        return this;
    }

    /** Writes index and shards; answers the index. */
    Path write(Path directory, String prefix) throws IOException {
        Files.createDirectories(directory);
        for (int i = 0; i < shards.size(); i++) {
            String name = String.format("%s.data-%05d-of-%05d", prefix, i, shards.size());
            Files.write(directory.resolve(name), shards.get(i).toByteArray());
        }
        return Files.write(directory.resolve(prefix + ".index"), table(blocks(), PLAIN));
    }

    /** The contents of the data blocks. */
    List<byte[]> blocks() {
        TreeMap<String, ByteString> all = new TreeMap<>();
        all.put("", header.build().toByteString());
        entries.forEach((name, entry) -> all.put(name, entry.build().toByteString()));
        List<byte[]> blocks = new ArrayList<>();
        List<Map.Entry<byte[], byte[]>> block = new ArrayList<>();
        all.forEach((name, value) -> {
            block.add(Map.entry(name.getBytes(StandardCharsets.UTF_8), value.toByteArray()));
            if (block.size() == ENTRIES_A_BLOCK) {
                blocks.add(block(block));
                block.clear();
            }
        });
        if (!block.isEmpty()) {
            blocks.add(block(block));
        }
        return blocks;
    }

    /** A block with keys that share what they can; one restart point. */
    static byte[] block(List<Map.Entry<byte[], byte[]>> block) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        byte[] last = new byte[0];
        for (Map.Entry<byte[], byte[]> entry : block) {
            byte[] key = entry.getKey();
            int shared = 0;
            while (shared < Math.min(last.length, key.length) && last[shared] == key[shared]) {
                shared++;
            }
            varint(shared, out);
            varint(key.length - shared, out);
            varint(entry.getValue().length, out);
            out.write(key, shared, key.length - shared);
            out.writeBytes(entry.getValue());
            last = key;
        }
        out.writeBytes(new byte[] {0, 0, 0, 0, 1, 0, 0, 0});
        return out.toByteArray();
    }

    /** A table of data blocks, with right checksums whatever they hold. */
    static byte[] table(List<byte[]> blocks, int compression) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        List<Map.Entry<byte[], byte[]>> handles = new ArrayList<>();
        for (byte[] block : blocks) {
            String separator = String.format("%08d", handles.size());
            handles.add(Map.entry(separator.getBytes(StandardCharsets.UTF_8), handle(block, compression, out)));
        }
        return table(block(handles), out);
    }

    /** The end of a table whose data blocks stand in {@code out}. */
    static byte[] table(byte[] index, ByteArrayOutputStream out) {
        ByteArrayOutputStream footer = new ByteArrayOutputStream();
        footer.writeBytes(handle(block(List.of()), PLAIN, out));
        footer.writeBytes(handle(index, PLAIN, out));
        ByteBuffer padded = ByteBuffer.allocate(48).order(ByteOrder.LITTLE_ENDIAN);
        padded.put(footer.toByteArray()).putLong(40, 0xdb4775248b80fb57L);
        out.writeBytes(padded.array());
        return out.toByteArray();
    }

    static byte[] handle(byte[] block, int compression, ByteArrayOutputStream out) {
        ByteArrayOutputStream handle = new ByteArrayOutputStream();
        varint(out.size(), handle);
        varint(block.length, handle);
        ByteBuffer whole = ByteBuffer.allocate(block.length + 5)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put(block)
                .put((byte) compression);
        whole.putInt(masked(whole.array(), block.length + 1));
        out.writeBytes(whole.array());
        return handle.toByteArray();
    }

    private static void varint(long value, ByteArrayOutputStream out) {
        for (long rest = value; ; rest >>>= 7) {
            if (rest < 128) {
                out.write((int) rest);
                return;
            }
            out.write((int) rest & 127 | 128);
        }
    }

    private static int masked(byte[] bytes) {
        return masked(bytes, bytes.length);
    }

    private static int masked(byte[] bytes, int length) {
        CRC32C sum = new CRC32C();
        sum.update(bytes, 0, length);
        int crc = (int) sum.getValue();
        return (crc >>> 15 | crc << 17) + 0xa282ead8;
    }
}
