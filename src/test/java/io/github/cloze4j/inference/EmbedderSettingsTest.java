package io.github.cloze4j.inference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.cloze4j.CheckpointFormatException;
import io.github.cloze4j.inference.SentenceEmbedder.Pooling;
import io.github.cloze4j.kernel.KernelProviders;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.pretrained.PretrainedFixture;
import io.github.cloze4j.pretrained.huggingface.ModelDirectory;
import io.github.cloze4j.pretrained.huggingface.StoredModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;

/** Directories of sentence-transformers against its vectors (src/test/python/make_sentence_fixture.py). */
class EmbedderSettingsTest {
    @TempDir
    Path parent;

    private static JsonNode fixture() throws IOException {
        return new ObjectMapper()
                .readTree(Path.of("src/test/resources/inference/sentence-transformers.json")
                        .toFile());
    }

    static Stream<String> variants() throws IOException {
        List<String> names = StreamSupport.stream(fixture().path("variants").spliterator(), false)
                .map(variant -> variant.path("name").asText())
                .toList();
        assertEquals(12, names.size());
        return names.stream();
    }

    private static List<String> texts() throws IOException {
        List<String> texts = new ArrayList<>();
        fixture().path("texts").forEach(text -> texts.add(text.asText()));
        return texts;
    }

    private Path directory(JsonNode variant) throws IOException {
        Path directory = PretrainedFixture.copy(parent);
        for (Map.Entry<String, JsonNode> file : variant.path("files").properties()) {
            Path path = directory.resolve(file.getKey());
            Files.createDirectories(path.getParent());
            Files.deleteIfExists(path);
            if (!file.getValue().isNull()) {
                Files.writeString(path, file.getValue().toString());
            }
        }
        return directory;
    }

    @ParameterizedTest
    @MethodSource("variants")
    void vectorsAreThoseOfSentenceTransformers(String name) throws IOException {
        for (JsonNode variant : fixture().path("variants")) {
            if (variant.path("name").asText().equals(name)) {
                assertVectors(variant, name);
            }
        }
    }

    private void assertVectors(JsonNode variant, String name) throws IOException {
        EmbedderSettings settings = EmbedderSettings.read(directory(variant));
        try (StoredModel stored = ModelDirectory.open(settings.modelDirectory());
                Kernels kernels = KernelProviders.create("nd4j", DataType.FLOAT);
                Bert model = stored.readEncoder(stored.config(), kernels);
                SentenceEmbedder embedder = new SentenceEmbedder(model, stored.tokenizer(), settings)) {
            List<float[]> received = embedder.embed(texts());
            for (int text = 0; text < received.size(); text++) {
                JsonNode expected = variant.path("vectors").get(text);
                assertEquals(expected.size(), embedder.dimensions());
                float[] vector = new float[expected.size()];
                for (int i = 0; i < vector.length; i++) {
                    vector[i] = (float) expected.get(i).asDouble();
                }
                assertArrayEquals(vector, received.get(text), 1e-5f, name + ", text " + text);
            }
        }
    }

    @Test
    void aDirectoryWithoutModulesHasTheNormalizedMean() {
        EmbedderSettings settings = EmbedderSettings.read(PretrainedFixture.DIRECTORY);
        assertEquals(EmbedderSettings.plain(PretrainedFixture.DIRECTORY), settings);
        assertEquals("pooling mean, vectors of length 1", settings.describe());
        assertEquals(
                "pooling weighted-mean, vectors not normalized",
                settings.withPooling(Pooling.WEIGHTED_MEAN).withNormalize(false).describe());
    }

    @Test
    void theModelMayBeInADirectoryOfItsOwn() throws IOException {
        Files.createDirectories(parent.resolve("1_Pooling"));
        Files.writeString(parent.resolve("modules.json"), """
                [{"path": "0_Transformer", "type": "sentence_transformers.models.Transformer"},
                 {"path": "1_Pooling", "type": "sentence_transformers.models.Pooling"}]
                """);
        Files.writeString(parent.resolve("1_Pooling/config.json"), "{\"pooling_mode_cls_token\": true}");
        EmbedderSettings settings = EmbedderSettings.read(parent);
        assertEquals(parent.resolve("0_Transformer"), settings.modelDirectory());
        assertEquals(List.of(Pooling.CLS), settings.pooling());
        assertFalse(settings.normalize());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
            [{"path": "", "type": "a.Transformer"}, {"path": "1_Pooling", "type": "a.Pooling"}, {"path": "2_Dense", "type": "a.Dense"}] | a.Dense
            [{"path": "", "type": "a.Transformer"}] | a module Pooling
            [{"path": "", "type": "a.WordEmbeddings"}] | a.WordEmbeddings
            [{"path": "", "type": "a.Transformer"}, {"path": "../other", "type": "a.Pooling"}] | ../other
            [{"path": "", "type": "a.Transformer"}, {"path": "2_Pooling", "type": "a.Pooling"}] | no such file
            {} | a JSON list
            [ | a JSON list
            [{"path": "", "type": "a.Transformer"}, {"path": "3_Pooling", "type": "a.Pooling"}] | attention
            """)
    void whatIsNotComputedHereIsRefused(String modules, String words) throws IOException {
        Files.createDirectories(parent.resolve("1_Pooling"));
        Files.writeString(parent.resolve("1_Pooling/config.json"), "{}");
        Files.createDirectories(parent.resolve("3_Pooling"));
        Files.writeString(parent.resolve("3_Pooling/config.json"), "{\"pooling_mode\": \"attention\"}");
        Files.writeString(parent.resolve("modules.json"), modules);
        String message = assertThrows(CheckpointFormatException.class, () -> EmbedderSettings.read(parent))
                .getMessage();
        assertTrue(message.contains(words), message);
        assertEquals(1, message.lines().count(), message);
    }
}
