package io.github.cloze4j.pretrained.huggingface;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.CheckpointFormatException;
import io.github.cloze4j.kernel.KernelProviders;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.nn.Parameter;
import io.github.cloze4j.pretrained.PretrainedFixture;
import io.github.cloze4j.pretrained.Warnings;
import io.github.cloze4j.tensors.NamedTensor;
import io.github.cloze4j.tensors.SafeTensors;
import io.github.cloze4j.tensors.SafeTensorsFile;
import io.github.cloze4j.tensors.TensorType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Weights with more or less than the class in config.json has: read with one warning unless the model needs what is missing. */
class LenientWeightsTest {
    private static final Kernels KERNELS = KernelProviders.create("nd4j", DataType.FLOAT);
    private static final String WORDS = "bert.embeddings.word_embeddings.weight";

    @TempDir
    Path parent;

    private Path directory = Path.of("");
    private List<NamedTensor> tensors = new ArrayList<>();

    @BeforeEach
    void copy() throws IOException {
        directory = PretrainedFixture.copy(parent);
        try (SafeTensorsFile file = SafeTensors.open(directory.resolve("model.safetensors"))) {
            tensors = new ArrayList<>(file.names().stream().map(file::tensor).toList());
        }
    }

    private void write() {
        SafeTensors.write(directory.resolve("model.safetensors"), tensors, Map.of("format", "pt"));
    }

    private void add(String name, TensorType type, long... shape) {
        int length = (int) Arrays.stream(shape).reduce(1, (a, b) -> a * b);
        tensors.add(new NamedTensor(name, type, shape, ByteBuffer.allocate(length * type.width())));
    }

    private static Map<String, double[]> parameters(Path directory) {
        try (Bert model = ModelDirectory.readModel(directory, KERNELS)) {
            Map<String, double[]> numbers = new TreeMap<>();
            for (Parameter parameter : model.parameters().parameters()) {
                try (INDArray copy = parameter.value().dup('c')) {
                    numbers.put(parameter.name(), copy.data().asDouble());
                }
            }
            return numbers;
        }
    }

    /** The model is that of the fixture. */
    private String warningsOfReading() throws IOException {
        Map<String, double[]> received = new TreeMap<>();
        String warnings = Warnings.during(() -> received.putAll(parameters(directory)));
        Map<String, double[]> expected = parameters(PretrainedFixture.DIRECTORY);
        assertEquals(expected.keySet(), received.keySet());
        expected.forEach((name, values) -> assertArrayEquals(values, received.get(name), name));
        return warnings;
    }

    private String refused() {
        return assertThrows(CheckpointFormatException.class, () -> parameters(directory))
                .getMessage();
    }

    @Test
    void aModelWithNothingStrangeHasNoWarning() throws IOException {
        assertEquals("", warningsOfReading());
    }

    @Test
    void tensorsOfNoUseAreListedInOneWarning() throws IOException {
        add("classifier.weight", TensorType.F32, 2, 16);
        add("bert.pooler.dense.weight", TensorType.F32, 16, 16);
        add("bert.embeddings.position_ids", TensorType.I64, 1, 24);
        add("bert.embeddings.token_type_ids", TensorType.I64, 1, 24);
        add("bert.encoder.layer.2.output.dense.bias", TensorType.F32, 16);
        add("nothing", TensorType.F32, 0, 3);
        add("scalar", TensorType.BOOL);
        add("two\nlines", TensorType.I8, 1);
        write();

        String warnings = warningsOfReading();

        assertEquals(1, warnings.lines().count(), warnings);
        assertTrue(warnings.contains("tensors that are not used (8): "), warnings);
        for (NamedTensor tensor : tensors.subList(tensors.size() - 8, tensors.size())) {
            assertTrue(warnings.contains(tensor.name().replace('\n', ' ')), warnings);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"U16", "F8_E4M3"})
    void aTensorOfATypeThatNobodyReadsIsListed(String type) throws IOException {
        add("classifier.extra", TensorType.I16, 3);
        write();
        replaceInHeader("\"dtype\":\"I16\"", "\"dtype\":\"" + type + "\"");

        assertTrue(warningsOfReading().contains("tensors that are not used (1): classifier.extra"));
    }

    @Test
    void aTensorThatIsNeededHasATypeThatIsRead() throws IOException {
        replaceInHeader("\"" + WORDS + "\":{\"dtype\":\"F32\"", "\"" + WORDS + "\":{\"dtype\":\"U32\"");

        String message = refused();

        assertTrue(message.contains(WORDS + " U32 [60, 16] where [60, 16] is wanted"), message);
    }

    private void replaceInHeader(String from, String to) throws IOException {
        Path file = directory.resolve("model.safetensors");
        byte[] bytes = Files.readAllBytes(file);
        int length = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getInt();
        String header = new String(bytes, 8, length, StandardCharsets.UTF_8);
        assertTrue(header.contains(from), header);
        byte[] changed = header.replace(from, to).getBytes(StandardCharsets.UTF_8);
        ByteBuffer again = ByteBuffer.allocate(bytes.length - length + changed.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(changed.length)
                .put(changed)
                .put(bytes, 8 + length, bytes.length - 8 - length);
        Files.write(file, again.array());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "module.",
                "model.",
                "_orig_mod.",
                "module._orig_mod.",
                "_orig_mod.module.model.",
                "0.auto_model.",
                "bert.module."
            })
    void aPrefixOfAllNamesIsLeftOutAndSaid(String prefix) throws IOException {
        tensors.replaceAll(
                tensor -> new NamedTensor(prefix + tensor.name(), tensor.type(), tensor.shape(), tensor.data()));
        write();

        String warnings = warningsOfReading();

        assertEquals(1, warnings.lines().count(), warnings);
        assertTrue(warnings.contains("the names begin with '" + prefix + "'"), warnings);
        assertTrue(PretrainedFixture.parts(directory).contains(ModelParts.MASKED_LM));
    }

    @Test
    void aPrefixBeforeTheNamesOfAnEncoderIsLeftOut() throws IOException {
        tensors.removeIf(tensor -> !tensor.name().startsWith("bert."));
        tensors.replaceAll(tensor -> new NamedTensor(
                "model." + tensor.name().substring("bert.".length()), tensor.type(), tensor.shape(), tensor.data()));
        write();
        assertFalse(PretrainedFixture.parts(directory).contains(ModelParts.MASKED_LM));
        PretrainedFixture.readEncoder(directory, KERNELS).close();
    }

    @Test
    void aBertForPreTrainingWithoutItsNextSentenceHeadIsReadWithoutIt() throws IOException {
        Path config = directory.resolve("config.json");
        Files.writeString(config, Files.readString(config).replace("BertForMaskedLM", "BertForPreTraining"));
        String warnings = warningsOfReading();
        assertTrue(warnings.contains("it lacks bert.pooler.dense.weight, bert.pooler.dense.bias"), warnings);

        add("bert.pooler.dense.weight", TensorType.F32, 16, 16);
        write();
        warnings = warningsOfReading();
        assertEquals(1, warnings.lines().count(), warnings);
        assertTrue(warnings.contains("it lacks bert.pooler.dense.bias, cls.seq_relationship.weight"), warnings);
        assertTrue(warnings.contains("tensors that are not used (1): bert.pooler.dense.weight"), warnings);
    }

    @Test
    void whoReadsTheEncoderIsNotWarnedOfItsHeads() throws IOException {
        String warnings = Warnings.during(
                () -> PretrainedFixture.readEncoder(directory, KERNELS).close());
        assertEquals("", warnings);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            "num_hidden_layers": 2   | "num_hidden_layers": 2.0
            "hidden_size": 16        | "hidden_size": 1.6e1
            "use_cache": true        | "use_cache": NaN, "foo": [NaN, Infinity, -Infinity]
            "use_cache": true        | "position_embedding_type": null, "is_decoder": null
            "use_cache": true        | "position_embedding_type": "absolute"
            """)
    void aConfigurationMayBeWrittenAsPythonWritesIt(String from, String to) throws IOException {
        Path config = directory.resolve("config.json");
        String text = Files.readString(config);
        assertTrue(text.contains(from), from);
        if (to.contains("is_decoder")) {
            text = text.replaceFirst("\"is_decoder\": false,", "");
        }
        Files.writeString(config, text.replace(from, to));

        assertEquals("", warningsOfReading());
    }

    @ParameterizedTest
    @CsvSource({"NaN, FLOAT", "Infinity, FLOAT", "-Infinity, DOUBLE", "NaN, DOUBLE"})
    void numbersThatAreNotFiniteAreRefusedWithTheirPlace(float number, DataType type) throws IOException {
        NamedTensor words = tensors.stream()
                .filter(tensor -> tensor.name().equals(WORDS))
                .findFirst()
                .orElseThrow();
        ByteBuffer changed = ByteBuffer.allocate(words.data().remaining())
                .order(ByteOrder.LITTLE_ENDIAN)
                .put(words.data())
                .putFloat((59 * 16 + 5) * Float.BYTES, number)
                .rewind();
        tensors.replaceAll(
                tensor -> tensor == words ? new NamedTensor(WORDS, TensorType.F32, words.shape(), changed) : tensor);
        write();

        String message = assertThrows(
                        CheckpointFormatException.class,
                        () -> PretrainedFixture.readEncoder(directory, KernelProviders.create("nd4j", type)))
                .getMessage();

        assertTrue(message.contains(WORDS + ". Received: " + number + " at [59, 5] of [60, 16]"), message);
    }

    @Test
    void numbersOfTensorsOfNoUseMayBeAnything() throws IOException {
        ByteBuffer nan = ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putFloat(0, Float.NaN);
        tensors.add(new NamedTensor("classifier.bias", TensorType.F32, new long[] {1}, nan));
        write();
        assertTrue(warningsOfReading().contains("classifier.bias"));
    }
}
