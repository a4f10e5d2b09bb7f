package io.github.cloze4j.pretrained.huggingface;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.cloze4j.CheckpointFormatException;
import io.github.cloze4j.tensors.NamedTensor;
import io.github.cloze4j.tensors.SafeTensors;
import io.github.cloze4j.tensors.SafeTensorsFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ShardedWeightsTest {
    private static final Path FIXTURE = Path.of("src/test/resources/pretrained/directories/sharded");
    private static final String FIRST = "model-00001-of-00003.safetensors";
    private static final String SECOND = "model-00002-of-00003.safetensors";
    private static final String THIRD = "model-00003-of-00003.safetensors";
    private static final String WORDS = "bert.embeddings.word_embeddings.weight";

    @TempDir
    Path directory;

    @BeforeEach
    void copy() throws IOException {
        try (Stream<Path> files = Files.list(FIXTURE)) {
            for (Path file : files.toList()) {
                Files.copy(file, directory.resolve(file.getFileName()));
            }
        }
    }

    private static Map<String, NamedTensor> tensors(Path directory) {
        try (WeightFiles files = WeightFiles.open(directory)) {
            files.checkSums(List.of());
            Map<String, NamedTensor> tensors = new TreeMap<>();
            files.names().forEach(name -> tensors.put(name, files.tensor(name)));
            return tensors;
        }
    }

    private Path index() {
        return directory.resolve(WeightFiles.INDEX);
    }

    private ObjectNode read() throws IOException {
        return (ObjectNode) new ObjectMapper().readTree(index().toFile());
    }

    private void move(String tensor, String file) throws IOException {
        ObjectNode index = read();
        ((ObjectNode) index.get("weight_map")).put(tensor, file);
        Files.writeString(index(), index.toString());
    }

    private String refused() {
        String message = assertThrows(CheckpointFormatException.class, () -> tensors(directory))
                .getMessage();
        assertFalse(message.contains("\n"), message);
        assertTrue(message.contains(directory.toString()), message);
        return message;
    }

    private static List<NamedTensor> inFile(Path file) {
        try (SafeTensorsFile open = SafeTensors.open(file)) {
            return new ArrayList<>(open.names().stream().map(open::tensor).toList());
        }
    }

    @Test
    void shardsHoldWhatASingleFileWouldHold() throws IOException {
        Map<String, NamedTensor> sharded = tensors(directory);
        Path single = Files.createDirectory(directory.resolve("single"));
        SafeTensors.write(single.resolve(WeightFiles.SINGLE), List.copyOf(sharded.values()), Map.of());
        assertEquals(tensors(single), sharded);
        assertEquals(read().get("weight_map").size(), sharded.size());
    }

    @Test
    void filesMayBeLinksIntoACacheAsThoseOfTheHub() throws IOException {
        Path snapshot = Files.createDirectory(directory.resolve("snapshot"));
        for (Path file :
                List.of(index(), directory.resolve(FIRST), directory.resolve(SECOND), directory.resolve(THIRD))) {
            Path blob = Files.move(file, directory.resolve("blob-" + file.getFileName()));
            Files.createSymbolicLink(
                    snapshot.resolve(file.getFileName()), Path.of("..").resolve(blob.getFileName()));
        }
        assertEquals(tensors(FIXTURE), tensors(snapshot));
    }

    @Test
    void aSingleFileCountsBeforeAnIndexAsInTransformers() throws IOException {
        NamedTensor only = inFile(directory.resolve(FIRST)).get(0);
        SafeTensors.write(directory.resolve(WeightFiles.SINGLE), List.of(only), Map.of());
        Files.writeString(index(), "damaged");
        assertEquals(Map.of(only.name(), only), tensors(directory));
    }

    @Test
    void aMissingShardIsNamed() throws IOException {
        Files.delete(directory.resolve(SECOND));
        assertTrue(refused().contains(SECOND));
        Files.createDirectory(directory.resolve(SECOND));
        assertTrue(refused().contains(SECOND));
    }

    @Test
    void aTruncatedShardIsNamed() throws IOException {
        Path shard = directory.resolve(SECOND);
        byte[] bytes = Files.readAllBytes(shard);
        Files.write(shard, Arrays.copyOf(bytes, bytes.length - 1));
        assertTrue(refused().contains(SECOND));
    }

    @Test
    void aTensorThatIsElsewhereThanTheIndexSaysIsReadFromThere() throws IOException {
        Map<String, NamedTensor> expected = tensors(directory);
        String bias = "bert.embeddings.LayerNorm.bias";
        move(bias, FIRST);
        assertEquals(expected, tensors(directory));
        assertRemark(bias + " in " + SECOND + " instead of " + FIRST);
    }

    private void assertRemark(String words) {
        try (WeightFiles files = WeightFiles.open(directory)) {
            String remarks = String.join("; ", files.remarks());
            assertTrue(remarks.contains(words), remarks);
        }
    }

    @Test
    void aTensorInTwoFilesIsNamed() throws IOException {
        Path shard = directory.resolve(SECOND);
        List<NamedTensor> both = inFile(shard);
        both.addAll(inFile(directory.resolve(FIRST)));
        SafeTensors.write(shard, both, Map.of());
        assertTrue(refused().contains("in two: " + WORDS));
    }

    @Test
    void namesThatIndexAndFilesDoNotShareAreRemarked() throws IOException {
        Map<String, NamedTensor> expected = tensors(directory);
        ObjectNode index = read();
        ((ObjectNode) index.get("weight_map")).remove(WORDS);
        ((ObjectNode) index.get("weight_map")).put("more", FIRST);
        Files.writeString(index(), index.toString());
        assertEquals(expected, tensors(directory));
        assertRemark(WORDS + " in " + FIRST + " instead of nowhere");
        assertRemark("1 are named by the index, and no file has them: more");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "../model-00001-of-00003.safetensors",
                "/etc/passwd",
                "sub/model-00001-of-00003.safetensors",
                "..\\model.safetensors",
                "..",
                "",
                ".hidden.safetensors",
                "model.bin",
                "model\n.safetensors",
                "config.json"
            })
    void anIndexLeadsToSafetensorsFilesOfItsDirectoryOnly(String file) throws IOException {
        move(WORDS, file);
        assertTrue(refused().contains("the name of a safetensors file in this directory for tensor " + WORDS));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "{}",
                "{\"weight_map\": {}}",
                "{\"weight_map\": []}",
                "{\"weight_map\": {\"a\": 1}}",
                "{\"weight_map\": {\"a\": null}}",
                "{\"weight_map\": {\"a\": \"a.safetensors\", \"a\": \"b.safetensors\"}}",
                "{\"weight_map\": {\"a\": \"a.safetensors\"}} more"
            })
    void aDamagedIndexIsRefused(String text) throws IOException {
        Files.writeString(index(), text);
        assertTrue(refused().contains(WeightFiles.INDEX));
    }

    @Test
    void anIndexOfTooManyFilesOrBytesIsRefusedBeforeAnythingIsOpened() throws IOException {
        ObjectNode index = read();
        for (int i = 0; i < 1_000; i++) {
            ((ObjectNode) index.get("weight_map")).put("tensor" + i, "model-" + i + ".safetensors");
        }
        Files.writeString(index(), index.toString());
        assertTrue(refused().contains("1003 files"));
        Files.writeString(index(), " ".repeat(1 << 24) + "{}");
        assertTrue(refused().contains("at most"));
    }

    @Test
    void pickledWeightsAreNotReadAndTheMessageSaysHowToConvertThem() throws IOException {
        Files.delete(index());
        Files.writeString(directory.resolve("pytorch_model.bin"), "");
        String message = refused();
        assertTrue(message.contains("pytorch_model.bin") && message.contains("save_pretrained"), message);
    }

    @Test
    void mutatedIndexesAndShardsAreReadOrRefused() throws IOException {
        long seed = new Random().nextLong();
        System.out.println("ShardedWeightsTest.mutatedIndexesAndShardsAreReadOrRefused: seed " + seed);
        Random random = new Random(seed);
        int refused = 0;
        int count = tensors(directory).size();
        for (String name : List.of(WeightFiles.INDEX, FIRST)) {
            Path file = directory.resolve(name);
            byte[] good = Files.readAllBytes(file);
            for (int i = 0; i < 400; i++) {
                byte[] bad = Arrays.copyOf(good, random.nextInt(5) == 0 ? random.nextInt(good.length) : good.length);
                for (int changes = random.nextInt(4); changes > 0 && bad.length > 0; changes--) {
                    int at = random.nextInt(Math.min(bad.length, good.length / (1 + random.nextInt(8)) + 1));
                    bad[at] = random.nextBoolean()
                            ? (byte) (bad[at] ^ 1 << random.nextInt(8))
                            : (byte) random.nextInt(256);
                }
                Files.write(file, bad);
                try {
                    // Which tensors there are is up to the files.
                    int received = tensors(directory).size();
                    assertEquals(count, received, "seed " + seed + " " + name);
                } catch (CheckpointFormatException damaged) {
                    assertFalse(damaged.getMessage().contains("\n"), damaged.getMessage());
                    refused++;
                }
            }
            Files.write(file, good);
        }
        assertTrue(refused > 200, "refused " + refused + " with seed " + seed);
    }

    @Test
    void everyShardHasAChecksumOfItsOwn() throws IOException {
        List<NamedTensor> content = inFile(directory.resolve(FIRST));
        String sum = WeightFiles.checksum(content);
        SafeTensors.write(directory.resolve(FIRST), content, Map.of(WeightFiles.CHECKSUM, sum));
        assertEquals(read().get("weight_map").size(), tensors(directory).size());

        NamedTensor tensor = content.get(0);
        ByteBuffer changed = ByteBuffer.allocate(tensor.data().remaining()).put(tensor.data());
        changed.put(0, (byte) (changed.get(0) ^ 1));
        content.set(0, new NamedTensor(tensor.name(), tensor.type(), tensor.shape(), changed.flip()));
        SafeTensors.write(directory.resolve(FIRST), content, Map.of(WeightFiles.CHECKSUM, sum));
        String message = refused();
        assertTrue(message.contains("checksum") && message.contains(FIRST), message);
    }
}
