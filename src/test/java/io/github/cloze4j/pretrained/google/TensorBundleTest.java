package io.github.cloze4j.pretrained.google;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.cloze4j.CheckpointFormatException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.framework.DataType;
import org.tensorflow.framework.TensorShapeProto;
import org.tensorflow.framework.VersionDef;
import org.tensorflow.util.BundleEntryProto;
import org.tensorflow.util.BundleHeaderProto;

class TensorBundleTest {
    private static final Path BY_TENSORFLOW =
            Path.of("src/test/resources/pretrained/google-bert/bert_model.ckpt.index");

    @TempDir
    Path directory;

    private static BundleFixture three() {
        return new BundleFixture(2)
                .add("a", 0, new float[] {1, 2, 3, 4, 5, 6}, 2, 3)
                .add("a/b", 1, new float[] {-1.5f})
                .add("b", 0, new float[] {7, 8}, 2)
                .add("empty", 1, new float[0], 0, 4);
    }

    private static void readAll(Path index) {
        TensorBundle bundle = TensorBundle.open(index);
        bundle.entries().values().forEach(bundle::read);
    }

    private static String refused(Path index) {
        String message = assertThrows(CheckpointFormatException.class, () -> readAll(index))
                .getMessage();
        assertTrue(message.contains("Expected") && message.contains("Received"), message);
        assertEquals(1, message.lines().count(), message);
        return message;
    }

    private void assertRefused(String words, Consumer<BundleFixture> damage) throws IOException {
        BundleFixture bundle = three();
        damage.accept(bundle);
        String message = refused(bundle.write(directory, "x"));
        assertTrue(message.contains(words), message);
    }

    private static BundleEntryProto.Builder entry(BundleFixture bundle, String name) {
        return bundle.entries.get(name);
    }

    @Test
    void tensorsOfSeveralShardsComeBack() throws IOException {
        TensorBundle bundle = TensorBundle.open(three().write(directory, "x"));

        assertEquals(
                List.of("a", "a/b", "b", "empty"), List.copyOf(bundle.entries().keySet()));
        TensorBundle.Entry entry = bundle.entries().get("a");
        assertArrayEquals(new long[] {2, 3}, entry.shape());
        FloatBuffer numbers = bundle.read(entry).asFloatBuffer();
        assertEquals(FloatBuffer.wrap(new float[] {1, 2, 3, 4, 5, 6}), numbers);
        assertEquals(-1.5f, bundle.read(bundle.entries().get("a/b")).getFloat());
        assertEquals(0, bundle.read(bundle.entries().get("empty")).remaining());
    }

    @Test
    void shardsAreFoundWhereTheLocaleHasOtherDigits() throws IOException {
        Path index = three().write(directory, "x");
        Locale former = Locale.getDefault();
        try {
            Locale.setDefault(Locale.forLanguageTag("ar-EG-u-nu-arab"));
            readAll(index);
        } finally {
            Locale.setDefault(former);
        }
    }

    @Test
    void whatTensorFlowWroteIsRead() throws IOException {
        readAll(BY_TENSORFLOW);
        Set<String> names =
                new TreeSet<>(TensorBundle.open(BY_TENSORFLOW).entries().keySet());
        Set<String> expected = new TreeSet<>();
        new ObjectMapper()
                .readTree(BY_TENSORFLOW.resolveSibling("numbers.json").toFile())
                .fieldNames()
                .forEachRemaining(expected::add);
        names.removeIf(name -> name.equals("global_step") || GoogleNames.isOptimizers(name, expected));
        assertEquals(expected, names);
    }

    @Test
    void truncationsOfTheIndexAreRefused() throws IOException {
        assertTruncationsAreRefused(5);
    }

    @Test
    @Tag("heavy")
    void everyTruncationOfTheIndexIsRefused() throws IOException {
        assertTruncationsAreRefused(1);
    }

    /** A sample for every build: about one in {@code every}. */
    private static Random sample(String test) {
        long seed = System.nanoTime();
        System.out.println("TensorBundleTest." + test + ": seed " + seed);
        return new Random(seed);
    }

    private void assertTruncationsAreRefused(int every) throws IOException {
        Random random = sample("truncations");
        Path index = three().write(directory, "x");
        byte[] good = Files.readAllBytes(index);
        for (int length = 0; length < good.length; length++) {
            if (random.nextInt(every) == 0) {
                Files.write(index, Arrays.copyOf(good, length));
                refused(index);
            }
        }
        Files.write(index, Arrays.copyOf(good, good.length + 1));
        refused(index);
    }

    @Test
    void flippedBitsOfIndexOrDataAreRefused() throws IOException {
        assertFlippedBitsAreRefused(20);
    }

    @Test
    @Tag("heavy")
    void everyFlippedBitOfIndexOrDataIsRefused() throws IOException {
        assertFlippedBitsAreRefused(1);
    }

    private void assertFlippedBitsAreRefused(int every) throws IOException {
        Random random = sample("flippedBits");
        Path index = three().write(directory, "x");
        for (String name : List.of("x.index", "x.data-00000-of-00002", "x.data-00001-of-00002")) {
            Path file = directory.resolve(name);
            byte[] good = Files.readAllBytes(file);
            // The footer's padding and the block of metadata, which nobody reads, are the only exception.
            int end = name.equals("x.index") ? good.length - 48 : good.length;
            for (int bit = 0; bit < 8 * end; bit++) {
                boolean metadata = name.equals("x.index") && isMetadata(good, bit / 8);
                if (!metadata && random.nextInt(every) == 0) {
                    byte[] bad = good.clone();
                    bad[bit / 8] ^= (byte) (1 << bit % 8);
                    Files.write(file, bad);
                    refused(index);
                }
            }
            Files.write(file, good);
        }
        readAll(index);
    }

    /** The empty block of metadata: 8 bytes, and 5 behind it. */
    private static boolean isMetadata(byte[] index, int at) {
        int start = index[index.length - 48];
        assertTrue(start > 0, "an offset of one byte");
        return at >= start && at < start + 13;
    }

    @Test
    void mutatedIndexesWithRightChecksumsAreRefusedOrRead() throws IOException {
        assertMutationsWithRightChecksums(300);
    }

    @Test
    @Tag("heavy")
    void manyMutatedIndexesWithRightChecksumsAreRefusedOrRead() throws IOException {
        assertMutationsWithRightChecksums(3_000);
    }

    private void assertMutationsWithRightChecksums(int mutations) throws IOException {
        BundleFixture bundle = three();
        for (int i = 0; i < 8; i++) {
            bundle.add("layer_" + i + "/kernel", i % 2, new float[] {i, i}, 1, 2);
        }
        Path index = bundle.write(directory, "x");
        List<byte[]> good = bundle.blocks();
        Random random = sample("mutationsWithRightChecksums");
        int refused = 0;
        for (int i = 0; i < mutations; i++) {
            List<byte[]> bad = new ArrayList<>(good);
            int block = random.nextInt(bad.size());
            bad.set(block, mutate(bad.get(block), random));
            Files.write(index, BundleFixture.table(bad, BundleFixture.PLAIN));
            try {
                readAll(index);
            } catch (CheckpointFormatException e) {
                assertTrue(e.getMessage().startsWith(directory.toString()), e.getMessage());
                refused++;
            }
        }
        assertTrue(refused > mutations / 2, "refused " + refused);
    }

    @Test
    void mutatedIndexesAreRefusedOrRead() throws IOException {
        assertMutations(150);
    }

    @Test
    @Tag("heavy")
    void manyMutatedIndexesAreRefusedOrRead() throws IOException {
        assertMutations(1_500);
    }

    private void assertMutations(int mutations) throws IOException {
        Path index = three().write(directory, "x");
        byte[] good = Files.readAllBytes(index);
        Random random = sample("mutations");
        int refused = 0;
        for (int i = 0; i < mutations; i++) {
            Files.write(index, mutate(good, random));
            try {
                readAll(index);
            } catch (CheckpointFormatException e) {
                refused++;
            }
        }
        assertTrue(refused > mutations / 2, "refused " + refused);
    }

    private static byte[] mutate(byte[] good, Random random) {
        byte[] bad = good.clone();
        for (int changes = 1 + random.nextInt(3); changes > 0; changes--) {
            int at = random.nextInt(bad.length);
            switch (random.nextInt(5)) {
                case 0 -> bad[at] = (byte) random.nextInt();
                case 1 -> bad[at] ^= (byte) (1 << random.nextInt(8));
                case 2 -> bad[at] = (byte) (random.nextBoolean() ? 0xff : 0x7f);
                case 3 -> bad = Arrays.copyOf(bad, Math.max(1, bad.length + random.nextInt(-9, 9)));
                default -> {
                    int length = Math.min(random.nextInt(12), Math.min(bad.length - at, good.length));
                    System.arraycopy(good, random.nextInt(good.length - length + 1), bad, at, length);
                }
            }
        }
        return bad;
    }

    @Test
    void placesOutsideTheShardsAndOverlapsAreRefused() throws IOException {
        assertRefused("in [24, 32)", x -> entry(x, "b").setOffset(23));
        assertRefused("in [8, 32)", x -> entry(x, "b").setOffset(0));
        assertRefused("in [24, 32)", x -> entry(x, "b").setOffset(25));
        assertRefused("in [24, 32)", x -> entry(x, "b").setOffset(Long.MAX_VALUE));
        assertRefused("in [0, 32)", x -> entry(x, "b").setOffset(-1));
        assertRefused("a shard in [0, 2)", x -> entry(x, "b").setShardId(2));
        assertRefused("a shard in [0, 2)", x -> entry(x, "b").setShardId(-1));
        assertRefused("a shard in [0, 2)", x -> entry(x, "empty").setShardId(-1).setOffset(0));
        assertRefused("checksum", x -> entry(x, "b").setCrc32C(5));
        assertRefused(
                "in [0, 4)", x -> entry(x, "a/b").setDtype(DataType.DT_STRING).setSize(-1));
    }

    @Test
    void shapesThatAreNotThoseOfTheBytesAreRefused() throws IOException {
        assertRefused("8 bytes", x -> entry(x, "b").setSize(4));
        assertRefused("12 bytes", x -> entry(x, "b").setShape(shape(3)));
        assertRefused("lengths from 0", x -> entry(x, "b").setShape(shape(-2)));
        assertRefused("lengths from 0", x -> entry(x, "b").setShape(shape(-2, -1)));
        assertRefused("2^63", x -> entry(x, "b").setShape(shape(1L << 33, 1L << 33)));
        assertRefused("32 dimensions", x -> entry(x, "b").setShape(shape(new long[33])));
        assertRefused("unknown rank", x -> entry(x, "b").setShape(shape(2).setUnknownRank(true)));
        assertRefused("slices", x -> entry(x, "b").addSlicesBuilder());
    }

    private static TensorShapeProto.Builder shape(long... lengths) {
        TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
        for (long length : lengths) {
            shape.addDim(TensorShapeProto.Dim.newBuilder().setSize(length));
        }
        return shape;
    }

    @Test
    void headersOfOtherFormatsAreRefused() throws IOException {
        assertRefused("at least one shard", x -> x.header.setNumShards(0));
        assertRefused("at least one shard", x -> x.header.setNumShards(-1));
        assertRefused("x.data-00000-of-00003", x -> x.header.setNumShards(3));
        assertRefused("of-2147483647", x -> x.header.setNumShards(Integer.MAX_VALUE));
        assertRefused("little endian", x -> x.header.setEndianness(BundleHeaderProto.Endianness.BIG));
        assertRefused(
                "version 1", x -> x.header.setVersion(VersionDef.newBuilder().setMinConsumer(2)));
    }

    private String refusedTable(byte[] table) throws IOException {
        return refused(Files.write(directory.resolve("x.index"), table));
    }

    @Test
    void tablesThatAreNotAsTensorFlowWritesThemAreRefused() throws IOException {
        BundleFixture bundle = three();
        bundle.write(directory, "x");
        List<byte[]> blocks = bundle.blocks();
        assertTrue(
                refusedTable(BundleFixture.table(blocks, BundleFixture.SNAPPY)).contains("Snappy"));
        assertTrue(refusedTable(BundleFixture.table(blocks, 7)).contains("compression 7"));
        assertTrue(refusedTable(BundleFixture.table(List.of(), BundleFixture.PLAIN))
                .contains("a header"));
        assertTrue(refusedTable(BundleFixture.table(Collections.nCopies(2, blocks.get(0)), BundleFixture.PLAIN))
                .contains("ascending"));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        byte[] handle = BundleFixture.handle(blocks.get(0), BundleFixture.PLAIN, out);
        byte[] index = BundleFixture.block(List.of(Map.entry(bytes("a"), handle), Map.entry(bytes("b"), handle)));
        assertTrue(refusedTable(BundleFixture.table(index, out)).contains("one behind the other"));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void whatWouldFillTheMemoryIsRefused() throws IOException {
        assertRefused("at most 1024", x -> x.add("n".repeat(1025), 0, new float[0], 0));
        assertRefused("16777216 characters", x -> {
            for (int i = 0; i < 20_000; i++) {
                x.add("n".repeat(1000) + i, 0, new float[0], 0);
            }
        });
        refusedTable(new byte[(4 << 20) + 1]);
    }

    @Test
    void missingFilesAreRefused() throws IOException {
        assertTrue(refused(directory.resolve("absent.index")).contains("Received: no such file"));
        Path index = three().write(directory, "x");
        Files.delete(directory.resolve("x.data-00001-of-00002"));
        assertTrue(refused(index).contains("x.data-00001-of-00002"));
    }
}
