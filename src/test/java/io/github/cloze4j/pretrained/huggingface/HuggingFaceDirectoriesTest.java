package io.github.cloze4j.pretrained.huggingface;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.cloze4j.CheckpointFormatException;
import io.github.cloze4j.data.Batch;
import io.github.cloze4j.data.Targets;
import io.github.cloze4j.kernel.Documents;
import io.github.cloze4j.kernel.KernelProviders;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.model.Answers;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.model.BertConfig;
import io.github.cloze4j.model.InferencePass;
import io.github.cloze4j.nn.Parameter;
import io.github.cloze4j.pretrained.PretrainedFixture;
import io.github.cloze4j.tensors.NamedTensor;
import io.github.cloze4j.tokenizer.BertTokenizer;
import io.github.cloze4j.tokenizer.EncodeOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Directories in every form that transformers saves, against what it computes with them
 * (src/test/python/make_model_directories.py).
 */
class HuggingFaceDirectoriesTest {
    private static final Path ROOT = Path.of("src/test/resources/pretrained/directories");

    /** Stays after the tests, for src/test/python/check_written_directories.py. */
    private static final Path WRITTEN = Path.of("target/written-model-directories");

    @TempDir
    Path parent;

    static Stream<Path> directories() throws IOException {
        try (Stream<Path> entries = Files.list(ROOT)) {
            List<Path> directories = entries.filter(Files::isDirectory).sorted().toList();
            assertEquals(9, directories.size());
            return directories.stream();
        }
    }

    private static JsonNode expected(Path directory) throws IOException {
        return new ObjectMapper().readTree(directory.resolve("expected.json").toFile());
    }

    private static Kernels kernels(DataType type) {
        return KernelProviders.create(type == DataType.DOUBLE ? "nd4j" : "cpu", type);
    }

    private static double[] numbers(JsonNode rows) {
        List<Double> numbers = new ArrayList<>();
        rows.forEach(row -> row.forEach(number -> numbers.add(number.asDouble())));
        return numbers.stream().mapToDouble(Double::doubleValue).toArray();
    }

    private static double[] numbers(INDArray array) {
        try (INDArray copy = array.dup('c')) {
            return copy.data().asDouble();
        }
    }

    private static Batch batch(int[] ids, int maskId) {
        int[] masks =
                IntStream.range(0, ids.length).filter(i -> ids[i] == maskId).toArray();
        int[] positions = IntStream.range(0, ids.length).toArray();
        int[] offsets = {0, ids.length};
        return new Batch(
                1,
                ids.length,
                ids,
                new int[ids.length],
                positions,
                Documents.bidirectional(offsets),
                ids.length,
                List.of(new Targets(masks, new int[masks.length])));
    }

    /** Scores at the masks, or the encoder's output. */
    private static double[] compute(Bert model, boolean head, int[] ids, int maskId) {
        Batch batch = batch(ids, maskId);
        if (head) {
            return Answers.scores(model, batch, 0);
        }
        try (InferencePass pass = model.inferencePass()) {
            return numbers(pass.hiddenStates(batch));
        }
    }

    private static void assertComputes(JsonNode expected, Bert model, BertTokenizer tokenizer) {
        for (JsonNode answer : expected.path("answers")) {
            String text = answer.path("text").asText();
            int[] ids =
                    tokenizer.encode(text, new EncodeOptions(100, true, true)).ids();
            double[] numbers = numbers(answer.path("numbers"));
            double largest = Arrays.stream(numbers).map(Math::abs).max().orElseThrow();
            double tolerance = model.parameters().type() == DataType.DOUBLE ? 1e-8 : 1e-4;
            int maskId = tokenizer.vocabulary().maskId();
            boolean head = expected.path("head").asBoolean();
            assertArrayEquals(numbers, compute(model, head, ids, maskId), tolerance * largest, text);
        }
    }

    private static Bert read(Path directory, DataType type) {
        return PretrainedFixture.parts(directory).contains(ModelParts.MASKED_LM)
                ? ModelDirectory.readModel(directory, kernels(type))
                : PretrainedFixture.readEncoder(directory, kernels(type));
    }

    @ParameterizedTest
    @MethodSource("directories")
    void numbersAreThoseOfTransformers(Path directory) throws IOException {
        JsonNode expected = expected(directory);
        assertEquals(
                expected.path("head").asBoolean(),
                PretrainedFixture.parts(directory).contains(ModelParts.MASKED_LM));
        BertTokenizer tokenizer = ModelDirectory.readTokenizer(directory);
        for (DataType type : List.of(DataType.DOUBLE, DataType.FLOAT)) {
            try (Bert model = read(directory, type)) {
                assertComputes(expected, model, tokenizer);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("directories")
    void tokenIdsAreThoseOfTransformers(Path directory) throws IOException {
        BertTokenizer tokenizer = ModelDirectory.readTokenizer(directory);
        for (JsonNode answer : expected(directory).path("answers")) {
            List<Integer> ids = new ArrayList<>();
            answer.path("ids").forEach(id -> ids.add(id.asInt()));
            String text = answer.path("text").asText();
            assertEquals(
                    ids,
                    Arrays.stream(tokenizer
                                    .encode(text, new EncodeOptions(100, true, true))
                                    .ids())
                            .boxed()
                            .toList(),
                    text);
        }
    }

    @ParameterizedTest
    @MethodSource("directories")
    void whatIsWrittenAgainComputesTheSame(Path directory) throws IOException {
        Path again = WRITTEN.resolve(directory.getFileName());
        BertTokenizer tokenizer = ModelDirectory.readTokenizer(directory);
        try (Bert model = read(directory, DataType.FLOAT)) {
            ModelDirectory.write(again, model, tokenizer, Map.of());
        }
        BertTokenizer tokenizerAgain = ModelDirectory.readTokenizer(again);
        assertEquals(tokenizer.vocabulary(), tokenizerAgain.vocabulary());
        assertEquals(tokenizer.config(), tokenizerAgain.config());
        try (Bert model = read(again, DataType.DOUBLE)) {
            assertComputes(expected(directory), model, tokenizerAgain);
        }
    }

    @Test
    void absentFieldsAreTheDefaultsOfTransformers() throws IOException {
        Files.copy(ROOT.resolve("defaults.json"), parent.resolve("config.json"));
        BertConfig explicit = ModelDirectory.readConfig(parent);
        Files.writeString(parent.resolve("config.json"), "{}");
        assertEquals(explicit, ModelDirectory.readConfig(parent));
    }

    @ParameterizedTest
    @ValueSource(strings = {"encoder", "classifier-4"})
    void aModelWithoutItsHeadIsReadAsAnEncoderOnly(String name) {
        Path directory = ROOT.resolve(name);
        String message = assertThrows(
                        CheckpointFormatException.class,
                        () -> ModelDirectory.readModel(directory, kernels(DataType.FLOAT)))
                .getMessage();
        assertTrue(message.contains("has no masked-language-model head;"), message);
        try (Bert model = read(directory, DataType.FLOAT)) {
            for (Parameter parameter : model.parameters().parameters()) {
                boolean zero = Arrays.stream(numbers(parameter.value())).allMatch(x -> x == 0);
                assertEquals(parameter.name().startsWith("cls."), zero, parameter.name());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"sharded", "old-names", "untied", "untied-4"})
    void theEncoderOfAWholeModelIsReadWithoutItsHead(String name) {
        Path directory = ROOT.resolve(name);
        try (Bert whole = read(directory, DataType.FLOAT);
                Bert encoder = PretrainedFixture.readEncoder(directory, kernels(DataType.FLOAT))) {
            int[] ids = {0, 7, 8, 3};
            assertArrayEquals(compute(whole, false, ids, 7), compute(encoder, false, ids, 7));
        }
    }

    @ParameterizedTest
    @CsvSource({"sharded, true", "half, true", "bfloat16, true", "old-names, true", "untied, false", "untied-4, false"})
    void theDecoderIsTiedAsTheConfigurationSays(String name, boolean tied) {
        try (Bert model = read(ROOT.resolve(name), DataType.FLOAT)) {
            assertEquals(tied, model.config().tieWordEmbeddings());
            assertEquals(!tied, model.parameters().parameters().stream().anyMatch(parameter -> parameter
                    .name()
                    .equals("cls.predictions.decoder.weight")));
        }
    }

    @Test
    void anUntiedModelIsWrittenWithTheTensorsThatTransformersWrites() {
        Path again = parent.resolve("again");
        Path untied = ROOT.resolve("untied");
        try (Bert model = read(untied, DataType.FLOAT)) {
            ModelDirectory.write(again, model, ModelDirectory.readTokenizer(untied), Map.of());
        }
        try (WeightFiles expected = WeightFiles.open(untied);
                WeightFiles received = WeightFiles.open(again)) {
            assertEquals(new TreeSet<>(expected.names()), new TreeSet<>(received.names()));
            for (String name : expected.names()) {
                // transformers 5 never uses the other bias, and stores whatever it holds.
                boolean unused = name.equals(WeightNames.BIAS);
                NamedTensor source = expected.tensor(unused ? WeightNames.DECODER_BIAS : name);
                assertEquals(
                        new NamedTensor(name, source.type(), source.shape(), source.data()), received.tensor(name));
            }
        }
    }

    @Test
    void everyProblemIsNamedUpToABound() throws IOException {
        Path directory = parent.resolve("model");
        Files.createDirectories(directory);
        Files.copy(ROOT.resolve("untied/model.safetensors"), directory.resolve("model.safetensors"));
        String config = Files.readString(ROOT.resolve("untied/config.json"));
        Files.writeString(
                directory.resolve("config.json"),
                config.replace("\"type_vocab_size\": 2", "\"type_vocab_size\": 3")
                        .replace("\"num_hidden_layers\": 2", "\"num_hidden_layers\": 1"));
        String message = refused(directory);
        assertTrue(message.contains("token_type_embeddings.weight F32 [2, 8] where [3, 8]"), message);
        assertTrue(message.contains("16 unknown: bert.encoder.layer.1.attention"), message);
        assertFalse(message.contains("missing"), message);

        Files.writeString(
                directory.resolve("config.json"),
                config.replace("\"num_hidden_layers\": 2", "\"num_hidden_layers\": 4000"));
        message = refused(directory);
        assertTrue(message.contains("16 missing: bert.encoder.layer.2.attention.self.query.weight, "), message);
    }

    private static String refused(Path directory) {
        String message = assertThrows(CheckpointFormatException.class, () -> read(directory, DataType.FLOAT)
                        .close())
                .getMessage();
        assertFalse(message.contains("\n"), message);
        return message;
    }
}
