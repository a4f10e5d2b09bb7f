package io.github.cloze4j.tensors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.CheckpointFormatException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

public class SafeTensorsTest {
    @TempDir
    Path directory;

    public static NamedTensor floats(String name, float... values) {
        ByteBuffer data = ByteBuffer.allocate(values.length * 4).order(ByteOrder.LITTLE_ENDIAN);
        data.asFloatBuffer().put(values);
        return new NamedTensor(name, TensorType.F32, new long[] {values.length}, data);
    }

    private static List<NamedTensor> oneOfEachType() {
        List<NamedTensor> tensors = new ArrayList<>();
        for (TensorType type : TensorType.values()) {
            ByteBuffer data = ByteBuffer.allocate(6 * type.width());
            for (int i = 0; i < data.capacity(); i++) {
                data.put(i, (byte) (i + type.ordinal()));
            }
            tensors.add(new NamedTensor("a \"quoted\" näme " + type, type, new long[] {2, 3}, data));
        }
        tensors.add(new NamedTensor("empty", TensorType.F32, new long[] {0, 7}, ByteBuffer.allocate(0)));
        tensors.add(new NamedTensor("scalar", TensorType.I64, new long[0], ByteBuffer.allocateDirect(8)));
        return tensors;
    }

    private Path write(String header, int dataLength) throws IOException {
        byte[] text = header.getBytes(StandardCharsets.UTF_8);
        ByteBuffer file = ByteBuffer.allocate(8 + text.length + dataLength).order(ByteOrder.LITTLE_ENDIAN);
        file.putLong(text.length).put(text);
        return Files.write(directory.resolve("hand.safetensors"), file.array());
    }

    private static List<NamedTensor> readAll(Path path) {
        try (SafeTensorsFile file = SafeTensors.open(path)) {
            return file.names().stream().map(file::tensor).toList();
        }
    }

    private static void assertRefused(Path path, String... words) {
        String message = assertThrows(CheckpointFormatException.class, () -> readAll(path))
                .getMessage();
        assertTrue(message.startsWith(path.toString()), message);
        for (String word : words) {
            assertTrue(message.contains(word), message);
        }
    }

    @Test
    void roundTripKeepsEveryTypeAndTheMetadata() throws IOException {
        Path path = directory.resolve("all.safetensors");
        List<NamedTensor> tensors = oneOfEachType();
        Map<String, String> metadata = Map.of("format", "pt", "ключ", "line\nbreak");
        SafeTensors.write(path, tensors, metadata);
        try (SafeTensorsFile file = SafeTensors.open(path)) {
            assertEquals(metadata, file.metadata());
            assertEquals(tensors.size(), file.names().size());
            for (NamedTensor tensor : tensors) {
                assertEquals(tensor, file.tensor(tensor.name()));
                assertEquals(
                        ByteOrder.LITTLE_ENDIAN,
                        file.tensor(tensor.name()).data().order());
            }
            assertThrows(CheckpointFormatException.class, () -> file.tensor("absent"));
        }
        try (Stream<Path> files = Files.list(directory)) {
            assertEquals(List.of(path), files.toList());
        }
    }

    @Test
    void tensorsOutliveTheFile() {
        Path path = directory.resolve("closed.safetensors");
        SafeTensors.write(path, List.of(floats("x", 1.5f, -2f)), Map.of());
        NamedTensor tensor = readAll(path).get(0);
        assertEquals(-2f, tensor.data().asFloatBuffer().get(1));
    }

    @Test
    void nothingAtAllIsAFile() throws IOException {
        Path path = directory.resolve("nothing.safetensors");
        SafeTensors.write(path, List.of(), Map.of());
        assertEquals(List.of(), readAll(path));
    }

    @Test
    void readsWhatPyTorchWrote() {
        assertTrue(readAll(Path.of("src/test/resources/golden/weights.safetensors"))
                        .size()
                > 10);
    }

    @Test
    void equalContentGivesEqualBytes() throws IOException {
        Path first = directory.resolve("first");
        Path second = directory.resolve("second");
        SafeTensors.write(first, oneOfEachType(), Map.of("a", "1", "b", "2", "c", "3"));
        SafeTensors.write(second, oneOfEachType(), Map.of("c", "3", "b", "2", "a", "1"));
        assertEquals(-1, Files.mismatch(first, second));
    }

    @Test
    void mutatedFilesAreRefusedOrRead() throws IOException {
        assertMutationsAreRefusedOrRead(400);
    }

    @Test
    @Tag("heavy")
    void manyMutatedFilesAreRefusedOrRead() throws IOException {
        assertMutationsAreRefusedOrRead(10_000);
    }

    private void assertMutationsAreRefusedOrRead(int mutations) throws IOException {
        Path path = directory.resolve("mutated.safetensors");
        SafeTensors.write(path, oneOfEachType(), Map.of("format", "pt"));
        byte[] good = Files.readAllBytes(path);
        int headerEnd = good.length - 6 * 38 - 8;
        long seed = System.nanoTime();
        System.out.println("SafeTensorsTest.mutatedFiles: seed " + seed);
        Random random = new Random(seed);
        int refused = 0;
        for (int i = 0; i < mutations; i++) {
            byte[] bad = mutate(good, headerEnd, random);
            Files.write(path, bad);
            try {
                readAll(path);
            } catch (CheckpointFormatException e) {
                assertTrue(e.getMessage().startsWith(path.toString()), e.getMessage());
                refused++;
            }
        }
        assertTrue(refused > mutations / 2, "refused " + refused + " with seed " + seed);
    }

    private static byte[] mutate(byte[] good, int headerEnd, Random random) {
        byte[] bad = good.clone();
        for (int changes = 1 + random.nextInt(3); changes > 0; changes--) {
            int at = random.nextInt(random.nextInt(8) == 0 ? bad.length : Math.min(headerEnd, bad.length));
            switch (random.nextInt(5)) {
                case 0 -> bad[at] = (byte) random.nextInt();
                case 1 -> bad[at] ^= (byte) (1 << random.nextInt(8));
                case 2 -> bad[at] = (byte) "0123456789-{}[],:\"\\ e.".charAt(random.nextInt(22));
                case 3 -> bad = Arrays.copyOf(bad, Math.max(1, bad.length + random.nextInt(-20, 20)));
                default -> {
                    int length = Math.min(random.nextInt(30), bad.length - at);
                    System.arraycopy(good, random.nextInt(good.length - length), bad, at, length);
                }
            }
        }
        return bad;
    }

    @Test
    void everyTruncationIsRefused() throws IOException {
        Path path = directory.resolve("cut.safetensors");
        SafeTensors.write(path, List.of(floats("x", 1, 2), floats("y", 3)), Map.of("k", "v"));
        byte[] good = Files.readAllBytes(path);
        for (int length = 0; length < good.length; length++) {
            Files.write(path, Arrays.copyOf(good, length));
            assertRefused(path, "Expected", "Received");
        }
        Files.write(path, Arrays.copyOf(good, good.length + 1));
        assertRefused(path, "expected 12 bytes", "received 13");
    }

    @Test
    void missingFileAndDirectoryAreRefused() {
        assertRefused(directory.resolve("absent"), "no such file");
        assertRefused(directory);
    }

    @Test
    void repeatedKeysAreRefused() throws IOException {
        String x = "\"x\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4]}";
        assertEquals(1, readAll(write("{" + x + "}", 4)).size());
        assertRefused(write("{" + x + "," + x + "}", 4), "twice");
        assertRefused(
                write("{\"x\":{\"dtype\":\"U8\",\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4]}}", 4), "twice");
        assertRefused(write("{\"__metadata__\":{\"a\":\"1\",\"a\":\"1\"}}", 0), "twice");
        assertRefused(write("{\"__metadata__\":{},\"__metadata__\":{}}", 0), "twice");
    }

    private static String pair(String firstOffsets, String secondOffsets) {
        return "{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":" + firstOffsets
                + "},\"b\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":" + secondOffsets + "}}";
    }

    @Test
    void overlapsAndHolesAreRefused() throws IOException {
        assertEquals(2, readAll(write(pair("[4,8]", "[0,4]"), 8)).size());
        assertRefused(write(pair("[0,4]", "[0,4]"), 4), "overlap");
        assertRefused(write(pair("[0,4]", "[3,7]"), 7), "overlap");
        assertRefused(write(pair("[0,4]", "[5,9]"), 9), "hole");
        assertRefused(write(pair("[1,5]", "[5,9]"), 9), "hole");
        assertRefused(write(pair("[0,4]", "[4,8]"), 9), "expected 8 bytes");
        assertRefused(write(pair("[0,4]", "[4,8]"), 7), "expected 8 bytes");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"dtype\":\"\",\"shape\":[4],\"data_offsets\":[0,4]}",
                "{\"dtype\":\"F8_E4M3\",\"shape\":[4],\"data_offsets\":[4,0]}",
                "{\"dtype\":\"u8\",\"shape\":[4],\"data_offsets\":[0,4]}",
                "{\"dtype\":null,\"shape\":[4],\"data_offsets\":[0,4]}",
                "{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,4]}",
                "{\"dtype\":\"U8\",\"shape\":[-4],\"data_offsets\":[0,4]}",
                "{\"dtype\":\"U8\",\"shape\":[-2,-2],\"data_offsets\":[0,4]}",
                "{\"dtype\":\"U8\",\"shape\":[4.0],\"data_offsets\":[0,4]}",
                "{\"dtype\":\"U8\",\"shape\":[\"4\"],\"data_offsets\":[0,4]}",
                "{\"dtype\":\"U8\",\"shape\":4,\"data_offsets\":[0,4]}",
                "{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4,4]}",
                "{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[4]}",
                "{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[4,0]}",
                "{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[-4,0]}",
                "{\"dtype\":\"U8\",\"shape\":[4]}",
                "{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4],\"more\":1}",
                "{\"dtype\":\"I64\",\"shape\":[2305843009213693952],\"data_offsets\":[0,0]}",
                "{\"dtype\":\"U8\",\"shape\":[4294967296,4294967296],\"data_offsets\":[0,0]}",
                "{\"dtype\":\"U8\",\"shape\":[99999999999999999999],\"data_offsets\":[0,4]}",
                "{\"dtype\":\"U8\",\"shape\":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,4],"
                        + "\"data_offsets\":[0,4]}",
                "[]",
                "1",
                "null"
            })
    void wrongEntriesAreRefused(String entry) throws IOException {
        assertRefused(write("{\"x\":" + entry + "}", 4), "expected", "received", "again");
    }

    @Test
    void wrongHeadersAreRefused() throws IOException {
        for (String header : List.of(
                "",
                " {}",
                "[]",
                "{}{}",
                "{} x",
                "{",
                "{}\0",
                "{\"__metadata__\":{\"a\":1}}",
                "{\"__metadata__\":[]}",
                "{'x':1}",
                "{\"x\":NaN}",
                "\uFEFF{}",
                "[".repeat(5_000),
                "{\"x\":".repeat(5_000))) {
            assertRefused(write(header, 0));
        }
        assertRefused(Files.write(directory.resolve("a"), new byte[] {2, 0, 0, 0, 0, 0, 0, 0, '{', (byte) 0xff}));
        assertRefused(Files.write(directory.resolve("a"), new byte[] {-1, -1, -1, -1, -1, -1, -1, -1, '{', '}'}));
        assertRefused(Files.write(directory.resolve("a"), new byte[] {3, 0, 0, 0, 0, 0, 0, 0, '{', '}'}));
    }

    @ParameterizedTest
    @ValueSource(strings = {"U16", "U64", "F8_E4M3", "F8_E5M2", "F4", "C64"})
    void tensorsOfTypesThatAreNotReadAreInNobodysWay(String type) throws IOException {
        String read = "\"read\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[6,10]}";
        String other = "\"other\":{\"dtype\":\"" + type + "\",\"shape\":[3],\"data_offsets\":[0,6]}";
        try (SafeTensorsFile file = SafeTensors.open(write("{" + read + "," + other + "}", 10))) {
            assertEquals(List.of("other", "read"), file.names());
            assertEquals(4, file.tensor("read").data().remaining());
            assertEquals(type, file.typeName("other"));
            assertEquals(3, file.shape("other")[0]);
            String message = assertThrows(CheckpointFormatException.class, () -> file.tensor("other"))
                    .getMessage();
            assertTrue(message.contains("Received: " + type), message);
        }
    }

    @Test
    void whatLiesInThePlaceOfAFileIsNamed() throws IOException {
        Map<String, String> contents = Map.of(
                "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n",
                "git lfs pull",
                "<!DOCTYPE html>\n<html><body>404</body></html>",
                "web page",
                "\n <HTML>",
                "web page",
                "PK\u0003\u0004 and more",
                "zip archive",
                "",
                "an empty file");
        for (Map.Entry<String, String> content : contents.entrySet()) {
            Path file = Files.writeString(directory.resolve("model.safetensors"), content.getKey());
            assertRefused(file, content.getValue());
        }
        Path gzip = directory.resolve("model.safetensors");
        Files.write(gzip, new byte[] {0x1f, (byte) 0x8b, 8, 0, 0, 0, 0, 0, 0, 0});
        assertRefused(gzip, "gzip");
    }

    @Test
    void headersThatWouldFillTheMemoryAreRefused() throws IOException {
        StringBuilder many = new StringBuilder("{");
        for (int i = 0; i <= SafeTensorsHeader.MAXIMUM_TENSORS; i++) {
            many.append(i == 0 ? "" : ",")
                    .append("\"")
                    .append(i)
                    .append("\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}");
        }
        assertRefused(write(many.append("}").toString(), 0), "at most 100000 tensors");
        String half = "m".repeat(SafeTensorsHeader.MAXIMUM_METADATA / 2 + 1);
        String metadata = "{\"__metadata__\":{\"a\":\"" + half + "\",\"b\":\"" + half + "\"}}";
        assertRefused(write(metadata, 0), "metadata of at most 4194304 characters");
        String tooLong = "m".repeat(SafeTensorsHeader.MAXIMUM_METADATA + 1);
        assertRefused(write("{\"__metadata__\":{\"a\":\"" + tooLong + "\"}}", 0), "too long");
        assertRefused(write("{\"" + tooLong + "\":1}", 0), "too long");
    }

    @Test
    void writingRefusesWhatReadingWould() {
        Path path = directory.resolve("never");
        List<NamedTensor> twice = List.of(floats("x", 1), floats("x", 2));
        assertThrows(IllegalArgumentException.class, () -> SafeTensors.write(path, twice, Map.of()));
        List<NamedTensor> surrogate = List.of(floats("\ud800", 1));
        assertThrows(IllegalArgumentException.class, () -> SafeTensors.write(path, surrogate, Map.of()));
        Map<String, String> metadata = Map.of("a", "m".repeat(SafeTensorsHeader.MAXIMUM_METADATA));
        assertThrows(IllegalArgumentException.class, () -> SafeTensors.write(path, List.of(), metadata));
        assertThrows(IllegalArgumentException.class, () -> floats("__metadata__", 1));
        ByteBuffer four = ByteBuffer.allocate(4);
        for (long[] shape : new long[][] {{2}, {-1}, {Long.MAX_VALUE, 2}, new long[33]}) {
            assertThrows(IllegalArgumentException.class, () -> new NamedTensor("x", TensorType.F32, shape, four));
        }
        assertTrue(Files.notExists(path));
    }

    @Test
    void longNamesComeBack() {
        Path path = directory.resolve("long");
        String name = "n".repeat(200_000);
        SafeTensors.write(path, List.of(floats(name, 1)), Map.of(name, name));
        assertEquals(name, readAll(path).get(0).name());
    }

    /** A tensor that is somewhere else than in Java's memory. */
    private record Elsewhere(NamedTensor tensor) implements TensorSource {
        @Override
        public String name() {
            return tensor.name();
        }

        @Override
        public TensorType type() {
            return tensor.type();
        }

        @Override
        public long[] shape() {
            return tensor.shape();
        }

        @Override
        public void read(long position, ByteBuffer into) {
            assertTrue(into.remaining() <= PIECE_BYTES && position % type().width() == 0);
            tensor.read(position, into);
        }
    }

    @Test
    void tensorsThatAreReadPieceByPieceGiveTheSameFile() throws IOException {
        List<NamedTensor> tensors = new ArrayList<>(oneOfEachType());
        byte[] bytes = new byte[2 * TensorSource.PIECE_BYTES + 8];
        new Random(5).nextBytes(bytes);
        long[] shape = {bytes.length / Double.BYTES};
        tensors.add(new NamedTensor("long", TensorType.F64, shape, ByteBuffer.wrap(bytes)));
        Path whole = directory.resolve("whole");
        Path pieces = directory.resolve("pieces");

        SafeTensors.write(whole, tensors, Map.of());
        SafeTensors.write(pieces, tensors.stream().map(Elsewhere::new).toList(), Map.of());

        assertEquals(-1, Files.mismatch(whole, pieces));
    }

    @Test
    void tensorsAreValues() {
        Set<NamedTensor> set = new HashSet<>(List.of(floats("x", 1)));
        assertTrue(set.contains(floats("x", 1)));
        assertTrue(!set.contains(floats("x", 2)) && !set.contains(floats("y", 1)));
        assertEquals("NamedTensor[x, F32, [1]]", floats("x", 1).toString());
    }
}
