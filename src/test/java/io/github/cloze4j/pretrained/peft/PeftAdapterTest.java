package io.github.cloze4j.pretrained.peft;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.cloze4j.CheckpointFormatException;
import io.github.cloze4j.kernel.ClassLoss;
import io.github.cloze4j.kernel.KernelProviders;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.model.HeadKind;
import io.github.cloze4j.model.LoraConfig;
import io.github.cloze4j.model.head.ClassifierHead;
import io.github.cloze4j.nn.LowRankTarget;
import io.github.cloze4j.pretrained.PretrainedFixture;
import io.github.cloze4j.pretrained.Warnings;
import io.github.cloze4j.pretrained.huggingface.ModelDirectory;
import io.github.cloze4j.pretrained.huggingface.StoredModel;
import io.github.cloze4j.tensors.NamedTensor;
import io.github.cloze4j.tensors.SafeTensors;
import io.github.cloze4j.tensors.SafeTensorsFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;

/** Adapters of PEFT, and adapters for PEFT (src/test/python/make_lora_fixture.py, check_written_adapters.py). */
class PeftAdapterTest {
    private static final Kernels EXACT = KernelProviders.create("nd4j", DataType.DOUBLE);
    private static final Kernels FAST = KernelProviders.create(KernelProviders.AUTO, DataType.FLOAT);
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Stays after the tests, for src/test/python/check_written_adapters.py. */
    private static final Path WRITTEN = Path.of("target/written-adapters");

    @TempDir
    private Path directory;

    private static void assertNear(double[] expected, double[] received, double tolerance) {
        double largest = 0;
        for (double number : expected) {
            largest = Math.max(largest, Math.abs(number));
        }
        assertTrue(largest > 0.1);
        assertArrayEquals(expected, received, tolerance * largest);
    }

    @ParameterizedTest
    @ValueSource(strings = {"classification", "masked-lm", "tagging", "question-answering", "encoder"})
    void anAdapterOfPeftComputesWhatPeftComputes(String name) {
        Path stored = LoraFixture.DIRECTORY.resolve(name);
        double[] expected = LoraFixture.expected(name);
        try (Bert exact = LoraFixture.adapted(stored, name, EXACT);
                Bert fast = LoraFixture.adapted(stored, name, FAST)) {
            // The files are in single precision, which double precision does not change.
            assertNear(expected, LoraFixture.received(name, exact), 1e-12);
            assertNear(expected, LoraFixture.received(name, fast), 1e-5);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"classification", "masked-lm", "tagging", "question-answering", "encoder"})
    void mergedModelsComputeTheSame(String name) {
        double[] expected = LoraFixture.expected(name);
        try (Bert adapted = LoraFixture.adapted(LoraFixture.DIRECTORY.resolve(name), name, FAST);
                Bert merged = adapted.merged();
                StoredModel opened =
                        ModelDirectory.openAdapted(LoraFixture.DIRECTORY.resolve(name), PretrainedFixture.DIRECTORY);
                Bert mergedOnReading = opened.readScored(opened.config(), LoraFixture.heads(name), FAST)) {
            assertNear(expected, LoraFixture.received(name, merged), 1e-5);
            assertNear(expected, LoraFixture.received(name, mergedOnReading), 1e-5);
            assertEquals(Set.of(), missing(opened, merged));
        }
    }

    private static Set<String> missing(StoredModel stored, Bert model) {
        return stored.missing(model);
    }

    @Test
    void aMergedModelIsAPlainDirectory() throws IOException {
        String name = "masked-lm";
        try (StoredModel base = ModelDirectory.open(PretrainedFixture.DIRECTORY);
                Bert adapted = LoraFixture.adapted(LoraFixture.DIRECTORY.resolve(name), name, FAST)) {
            assertThrows(
                    IllegalArgumentException.class,
                    () -> ModelDirectory.write(directory, adapted, base.tokenizer(), Map.of()));
            try (Bert merged = adapted.merged()) {
                ModelDirectory.write(directory, merged, base.tokenizer(), Map.of());
            }
        }
        try (Bert read = ModelDirectory.readModel(directory, FAST)) {
            assertNear(LoraFixture.expected(name), LoraFixture.received(name, read), 1e-5);
        }
    }

    /** PEFT reads what is written here, as check_written_adapters.py shows; here its own files are the pattern. */
    @ParameterizedTest
    @ValueSource(strings = {"classification", "masked-lm", "tagging", "question-answering", "encoder"})
    void adaptersAreWrittenAsPeftWritesThem(String name) throws IOException {
        Path peft = LoraFixture.DIRECTORY.resolve(name);
        Path written = WRITTEN.resolve(name);
        try (Bert adapted = LoraFixture.adapted(peft, name, FAST)) {
            AdapterDirectory.write(written, adapted, "tiny-bert", Map.of());
        }
        try (SafeTensorsFile expected = SafeTensors.open(peft.resolve(AdapterDirectory.TENSORS));
                SafeTensorsFile received = SafeTensors.open(written.resolve(AdapterDirectory.TENSORS))) {
            assertEquals(new TreeSet<>(expected.names()), new TreeSet<>(received.names()));
            for (String tensor : expected.names()) {
                assertEquals(expected.tensor(tensor), received.tensor(tensor));
            }
            assertEquals("pt", received.metadata().get("format"));
        }
        JsonNode expected = JSON.readTree(peft.resolve(AdapterConfig.FILE).toFile());
        JsonNode received = JSON.readTree(written.resolve(AdapterConfig.FILE).toFile());
        received.properties().forEach(field -> {
            JsonNode ofPeft = expected.get(field.getKey());
            switch (field.getKey()) {
                // A set, of which PEFT may also have a pattern; the next test compares what it names.
                case "target_modules" -> assertTrue(field.getValue().isArray());
                // PEFT fills the class in for models without a task, if it knows that.
                case "auto_mapping" -> assertTrue(ofPeft.isNull() || ofPeft.equals(field.getValue()));
                default -> assertEquals(ofPeft, field.getValue(), field.getKey());
            }
        });
        assertEquals(
                expected.path("lora_alpha").isInt(), received.path("lora_alpha").isInt(), "PEFT's type is an integer");
        try (StoredAdapter again = AdapterDirectory.open(written);
                StoredAdapter before = AdapterDirectory.open(peft)) {
            assertEquals(before.lora(), again.lora());
        }
    }

    @Test
    void targetsAreNamedSoThatPeftFindsThemAndNoOthers() throws IOException {
        for (LowRankTarget target : LowRankTarget.values()) {
            LoraConfig lora = new LoraConfig(2, 2, 0, Set.of(target), false);
            try (StoredModel base = ModelDirectory.open(PretrainedFixture.DIRECTORY);
                    Bert model = base.readForTraining(
                            base.config(),
                            List.of(),
                            LoraConfig::trains,
                            lora,
                            FAST,
                            1,
                            io.github.cloze4j.model.Initialization.NORMAL)) {
                AdapterDirectory.write(directory.resolve(target.name()), model, null, Map.of());
            }
            Predicate<String> modules = AdapterConfig.read(
                            directory.resolve(target.name()).resolve(AdapterConfig.FILE))
                    .targetModules();
            for (LowRankTarget other : LowRankTarget.values()) {
                assertEquals(
                        target == other,
                        modules.test("encoder.layer.1." + other.module()),
                        target + " named as " + other);
            }
            assertTrue(!modules.test("pooler.dense") && !modules.test("cls.predictions.transform.dense"));
        }
    }

    @Test
    void trainedMissingAndUnexpectedTensorsAreNamed() throws IOException {
        Path broken = copy("classification", tensors -> {
            tensors.removeIf(tensor -> tensor.name().endsWith("layer.1.attention.self.value.lora_B.weight"));
            tensors.add(new NamedTensor(
                    "of.nobody", tensors.get(0).type(), new long[] {1}, ByteBuffer.allocate(Float.BYTES)));
        });
        String message = refusal(broken, "classification");
        assertTrue(message.contains("11 trained"), message);
        assertTrue(message.contains("1 missing: bert.encoder.layer.1.attention.self.value.lora_B.weight"), message);
        assertTrue(message.contains("1 unknown: of.nobody"), message);

        Path further = copy(
                "classification",
                tensors -> tensors.add(new NamedTensor(
                        "of.nobody", tensors.get(0).type(), new long[] {1}, ByteBuffer.allocate(Float.BYTES))));
        String warning = Warnings.during(
                () -> LoraFixture.adapted(further, "classification", FAST).close());
        assertTrue(warning.contains("tensors that are not used (1): of.nobody"), warning);
    }

    /** The best known trap: the head was trained, and not saved. */
    @ParameterizedTest
    @CsvSource({"classifier, classifier.weight", "pooler, bert.pooler.dense.weight"})
    void aHeadThatWasNotSavedIsAGap(String part, String missing) throws IOException {
        Path broken = copy(
                "classification",
                tensors -> tensors.removeIf(tensor -> tensor.name().contains(part)));
        assertTrue(refusal(broken, "classification").contains(missing));
    }

    @Test
    void anAdapterForAnotherShapeIsRefused() throws IOException {
        Path other = copy("question-answering", tensors -> {
            NamedTensor first = tensors.remove(0);
            tensors.add(0, new NamedTensor(first.name(), first.type(), new long[] {1, 1}, ByteBuffer.allocate(4)));
        });
        String message = refusal(other, "question-answering");
        assertTrue(message.contains("[1, 1] where [8, 16] is wanted"), message);
        assertTrue(message.contains("tiny-bert"), message);
    }

    @Test
    void anAdapterForAnotherBaseOfTheSameShapeIsRefused() throws IOException {
        Path base = PretrainedFixture.copy(directory);
        Path adapter = directory.resolve("adapter");
        String name = "question-answering";
        try (Bert adapted = LoraFixture.adapted(LoraFixture.DIRECTORY.resolve(name), name, FAST)) {
            AdapterDirectory.write(adapter, adapted, base.toString(), Map.of());
        }
        List<HeadKind> heads = LoraFixture.heads(name);
        try (StoredModel opened = ModelDirectory.open(adapter);
                Bert model = opened.readScored(opened.config(), heads, FAST)) {
            assertNear(LoraFixture.expected(name), LoraFixture.received(name, model), 1e-5);
        }
        LoraFixture.adapted(adapter, name, FAST).close();
        LoraFixture.adapted(adapter, name, EXACT).close();

        try (Bert another = ModelDirectory.readModel(base, FAST);
                StoredModel stored = ModelDirectory.open(base)) {
            another.initialize(9);
            ModelDirectory.write(base, another, stored.tokenizer(), Map.of());
        }
        try (StoredModel merged = ModelDirectory.open(adapter);
                StoredModel stored = ModelDirectory.open(base);
                StoredAdapter open = AdapterDirectory.open(adapter)) {
            assertRefused("checksum", () -> merged.readScored(merged.config(), heads, FAST));
            assertRefused("checksum", () -> stored.readAdapted(open, stored.config(), heads, FAST));
        }
    }

    @Test
    void aBaseThatIsNotThereIsNamed() {
        assertRefused(
                "tiny-bert, which is no directory here",
                () -> ModelDirectory.open(LoraFixture.DIRECTORY.resolve("classification")));
        Path adapter = LoraFixture.DIRECTORY.resolve("classification");
        assertRefused("another adapter", () -> ModelDirectory.openAdapted(adapter, adapter));
    }

    @Test
    void aHeadThatIsNowhereIsAGap() {
        try (StoredModel base = ModelDirectory.open(PretrainedFixture.DIRECTORY);
                StoredAdapter adapter = AdapterDirectory.open(LoraFixture.DIRECTORY.resolve("encoder"))) {
            List<HeadKind> heads = List.of(ClassifierHead.ofClasses(3, ClassLoss.PLAIN));
            assertRefused("classifier.weight", () -> base.readAdapted(adapter, base.config(), heads, FAST));
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "use_dora; true",
                "bias; \"all\"",
                "init_lora_weights; \"pissa\"",
                "rank_pattern; {\"query\": 4}",
                "layers_to_transform; [0]",
                "peft_type; \"IA3\""
            })
    void whatIsNotComputedHereIsRefused(String field, String value) throws IOException {
        Path copy = copy("classification", tensors -> {});
        Path file = copy.resolve(AdapterConfig.FILE);
        ObjectNode config = (ObjectNode) JSON.readTree(file.toFile());
        config.set(field, JSON.readTree(value));
        Files.writeString(file, config.toString());
        assertRefused("not computed here", () -> AdapterDirectory.open(copy));
    }

    @Test
    void trainedEmbeddingsAreNotLeftOutInSilence() throws IOException {
        Path copy = copy(
                "tagging",
                tensors -> tensors.add(new NamedTensor(
                        "base_model.model.bert.embeddings.word_embeddings.weight",
                        tensors.get(0).type(),
                        new long[] {1, 1},
                        ByteBuffer.allocate(Float.BYTES))));
        assertRefused("word_embeddings", () -> AdapterDirectory.open(copy));
        try (StoredModel base = ModelDirectory.open(PretrainedFixture.DIRECTORY);
                Bert model = base.readForTraining(
                        base.config(),
                        List.of(),
                        name -> true,
                        LoraConfig.DEFAULT,
                        FAST,
                        1,
                        io.github.cloze4j.model.Initialization.NORMAL)) {
            String message = assertThrows(
                            IllegalArgumentException.class,
                            () -> AdapterDirectory.write(directory.resolve("x"), model, null, Map.of()))
                    .getMessage();
            assertTrue(message.contains("bert.embeddings.word_embeddings.weight"), message);
        }
    }

    private interface TensorChange {
        void apply(List<NamedTensor> tensors);
    }

    private Path copy(String name, TensorChange change) throws IOException {
        Path from = LoraFixture.DIRECTORY.resolve(name);
        Path to = Files.createTempDirectory(directory, name);
        Files.copy(from.resolve(AdapterConfig.FILE), to.resolve(AdapterConfig.FILE));
        try (SafeTensorsFile file = SafeTensors.open(from.resolve(AdapterDirectory.TENSORS))) {
            List<NamedTensor> tensors =
                    new ArrayList<>(file.names().stream().map(file::tensor).toList());
            change.apply(tensors);
            SafeTensors.write(to.resolve(AdapterDirectory.TENSORS), tensors, file.metadata());
        }
        return to;
    }

    /** The message with which both ways to read an adapter refuse it. */
    private static String refusal(Path adapter, String name) {
        String message = assertThrows(CheckpointFormatException.class, () -> LoraFixture.adapted(adapter, name, FAST)
                        .close())
                .getMessage();
        assertThrows(CheckpointFormatException.class, () -> {
            try (StoredModel merged = ModelDirectory.openAdapted(adapter, PretrainedFixture.DIRECTORY)) {
                merged.readScored(merged.config(), LoraFixture.heads(name), FAST)
                        .close();
            }
        });
        return message;
    }

    private static void assertRefused(String part, org.junit.jupiter.api.function.Executable work) {
        String message = assertThrows(CheckpointFormatException.class, work).getMessage();
        assertTrue(message.contains(part), message);
        assertEquals(1, message.lines().count());
    }
}
