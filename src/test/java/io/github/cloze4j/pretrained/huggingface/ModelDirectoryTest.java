package io.github.cloze4j.pretrained.huggingface;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.CheckpointFormatException;
import io.github.cloze4j.Cloze4jException;
import io.github.cloze4j.data.Batch;
import io.github.cloze4j.data.Objective;
import io.github.cloze4j.data.Targets;
import io.github.cloze4j.kernel.Activation;
import io.github.cloze4j.kernel.Documents;
import io.github.cloze4j.kernel.KernelProviders;
import io.github.cloze4j.model.Answers;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.model.BertConfig;
import io.github.cloze4j.model.HeadKind;
import io.github.cloze4j.model.head.ClassifierHead;
import io.github.cloze4j.model.head.LanguageModelHead;
import io.github.cloze4j.nn.Parameter;
import io.github.cloze4j.pretrain.PretrainingHeads;
import io.github.cloze4j.pretrained.PretrainedFixture;
import io.github.cloze4j.tensors.NamedTensor;
import io.github.cloze4j.tensors.SafeTensors;
import io.github.cloze4j.tensors.SafeTensorsFile;
import io.github.cloze4j.tensors.TensorType;
import io.github.cloze4j.tokenizer.BertTokenizer;
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
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

class ModelDirectoryTest {
    private static final BertConfig CONFIG =
            new BertConfig(60, 24, 2, 3, 40, Activation.GELU_TANH, 0.1, 0.25, 20, 2, 0.02, 1e-12, true, null, false);

    private static final String WORDS = "bert.embeddings.word_embeddings.weight";

    @TempDir
    Path parent;

    private static Bert read(Path directory, DataType type) {
        return ModelDirectory.readModel(directory, KernelProviders.create("nd4j", type));
    }

    private static Bert initialized(DataType type, long seed) {
        Bert model = new Bert(CONFIG, List.of(LanguageModelHead.MASKED), KernelProviders.create("nd4j", type));
        model.initialize(seed);
        return model;
    }

    private static BertTokenizer tokenizer() {
        return ModelDirectory.readTokenizer(PretrainedFixture.DIRECTORY);
    }

    @Test
    void namesAndAddedTokensOfAFormerModelDoNotCount() throws IOException {
        Files.writeString(parent.resolve("special_tokens_map.json"), "{\"mask_token\": \"<mask>\"}");
        Files.writeString(parent.resolve("added_tokens.json"), "{\"<new>\": 60}");
        try (Bert model = initialized(DataType.FLOAT, 1)) {
            ModelDirectory.write(parent, model, tokenizer(), Map.of());
        }
        assertEquals(
                tokenizer().vocabulary().specialTokens(),
                ModelDirectory.readTokenizer(parent).vocabulary().specialTokens());
    }

    private static double[] numbers(INDArray array) {
        try (INDArray copy = array.dup('c')) {
            return copy.data().asDouble();
        }
    }

    private static Map<String, double[]> parameters(Bert model) {
        Map<String, double[]> numbers = new TreeMap<>();
        for (Parameter parameter : model.parameters().parameters()) {
            numbers.put(parameter.name(), numbers(parameter.value()));
        }
        return numbers;
    }

    private static void assertSameParameters(Map<String, double[]> expected, Map<String, double[]> received) {
        assertEquals(expected.keySet(), received.keySet());
        expected.forEach((name, values) -> assertArrayEquals(values, received.get(name), name));
    }

    private static Batch batch(int[] ids) {
        int[] masks = IntStream.range(0, ids.length).filter(i -> ids[i] == 4).toArray();
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

    private static double[] logits(Bert model, int[] ids) {
        return Answers.scores(model, batch(ids), 0);
    }

    private static byte[] snapshot(Path directory) throws IOException {
        List<String> lines = new ArrayList<>();
        try (Stream<Path> tree = Files.walk(directory)) {
            for (Path path : tree.sorted().toList()) {
                byte[] content = Files.isDirectory(path) ? new byte[0] : Files.readAllBytes(path);
                lines.add(directory.relativize(path) + " " + Arrays.hashCode(content) + " " + content.length);
            }
        }
        return String.join("\n", lines).getBytes(StandardCharsets.UTF_8);
    }

    private static List<NamedTensor> tensors(Path directory) {
        try (SafeTensorsFile file = SafeTensors.open(directory.resolve("model.safetensors"))) {
            return new ArrayList<>(file.names().stream().map(file::tensor).toList());
        }
    }

    private static void write(Path directory, List<NamedTensor> tensors) {
        SafeTensors.write(directory.resolve("model.safetensors"), tensors, Map.of("format", "pt"));
    }

    private static NamedTensor named(List<NamedTensor> tensors, String name) {
        return tensors.stream()
                .filter(tensor -> tensor.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static NamedTensor renamed(NamedTensor tensor, String name) {
        return new NamedTensor(name, tensor.type(), tensor.shape(), tensor.data());
    }

    private static NamedTensor zeros(String name, TensorType type, long... shape) {
        int length = (int) Arrays.stream(shape).reduce(1, (a, b) -> a * b);
        return new NamedTensor(name, type, shape, ByteBuffer.allocate(length * type.width()));
    }

    private static String refused(Path directory) {
        String message = assertThrows(CheckpointFormatException.class, () -> read(directory, DataType.FLOAT)
                        .close())
                .getMessage();
        assertFalse(message.contains("\n"), message);
        assertTrue(message.contains(directory.toString()), message);
        return message;
    }

    @ParameterizedTest
    @EnumSource(
            value = DataType.class,
            names = {"FLOAT", "DOUBLE"})
    void logitsOfAModelOfTransformersAreThoseOfTransformers(DataType type) {
        try (Bert model = read(PretrainedFixture.DIRECTORY, type)) {
            PretrainedFixture.answers().forEach(answer -> {
                double[] received = logits(model, answer.ids());
                double[] expected = Arrays.stream(answer.logits())
                        .flatMapToDouble(Arrays::stream)
                        .toArray();
                double largest = Arrays.stream(expected).map(Math::abs).max().orElseThrow();
                assertArrayEquals(expected, received, 1e-4 * largest, answer.text());
            });
        }
    }

    @Test
    void whatIsWrittenIsReadBitForBit() {
        Path directory = parent.resolve("model");
        int[] ids = {2, 7, 4, 9, 4, 3};
        try (Bert written = initialized(DataType.FLOAT, 5)) {
            ModelDirectory.write(directory, written, tokenizer(), Map.of("README.md", "a card\n"));
            try (Bert read = read(directory, DataType.FLOAT)) {
                assertEquals(CONFIG, read.config());
                assertEquals(CONFIG, ModelDirectory.readConfig(directory));
                assertSameParameters(parameters(written), parameters(read));
                assertArrayEquals(logits(written, ids), logits(read, ids));
            }
        }
        assertEquals(
                tokenizer().vocabulary().toText(),
                ModelDirectory.readTokenizer(directory).vocabulary().toText());
    }

    @Test
    void aModelWithItsNextSentenceHeadIsABertForPreTraining() throws IOException {
        Path directory = parent.resolve("model");
        try (Bert written = new Bert(
                CONFIG,
                List.of(LanguageModelHead.MASKED, ClassifierHead.ofPairs("nsp")),
                KernelProviders.create("nd4j", DataType.FLOAT))) {
            written.initialize(5);
            ModelDirectory.write(directory, written, tokenizer(), Map.of());
            assertTrue(Files.readString(directory.resolve("config.json")).contains("\"BertForPreTraining\""));
            try (Bert read = read(directory, DataType.FLOAT)) {
                assertEquals(List.of("mlm", "nsp"), read.losses());
                assertSameParameters(parameters(written), parameters(read));
            }
        }
        Path config = directory.resolve("config.json");
        Files.writeString(config, Files.readString(config).replace("BertForPreTraining", "BertForMaskedLM"));
        try (Bert withoutHead = read(directory, DataType.FLOAT)) {
            assertEquals(List.of("mlm"), withoutHead.losses());
        }
    }

    @Test
    void aModelThatIsTrainedFurtherHasTheHeadsThatAreAskedFor() {
        Path directory = parent.resolve("model");
        try (Bert written = new Bert(
                CONFIG,
                List.of(LanguageModelHead.MASKED, ClassifierHead.ofPairs("nsp")),
                KernelProviders.create("nd4j", DataType.FLOAT))) {
            written.initialize(5);
            ModelDirectory.write(directory, written, tokenizer(), Map.of());
            assertTrue(PretrainedFixture.parts(directory).contains(ModelParts.NEXT_SENTENCE));
            try (Bert same = readToTrain(true, directory);
                    Bert without = readToTrain(false, directory)) {
                assertSameParameters(parameters(written), parameters(same));
                Map<String, double[]> expected = parameters(written);
                expected.keySet().removeIf(name -> name.contains("pooler") || name.contains("seq_relationship"));
                assertSameParameters(expected, parameters(without));
            }
        }
    }

    @Test
    void headsThatAreNotStoredAreDrawnAsWithTheWholeModel() {
        BertConfig config = ModelDirectory.readConfig(PretrainedFixture.DIRECTORY);
        assertFalse(PretrainedFixture.parts(PretrainedFixture.DIRECTORY).contains(ModelParts.NEXT_SENTENCE));
        try (Bert stored = read(PretrainedFixture.DIRECTORY, DataType.FLOAT);
                Bert received = readToTrain(true, PretrainedFixture.DIRECTORY);
                Bert drawn = new Bert(
                        config,
                        List.of(LanguageModelHead.MASKED, ClassifierHead.ofPairs("nsp")),
                        KernelProviders.create("nd4j", DataType.FLOAT))) {
            drawn.initialize(3);
            Map<String, double[]> expected = parameters(drawn);
            expected.putAll(parameters(stored));
            assertSameParameters(expected, parameters(received));
        }
    }

    private static Bert readToTrain(boolean nextSentenceHead, Path directory) {
        List<HeadKind> heads = PretrainingHeads.of(nextSentenceHead ? Objective.MLM_NSP : Objective.MLM);
        return PretrainedFixture.readForTraining(directory, heads, KernelProviders.create("nd4j", DataType.FLOAT));
    }

    @Test
    void aModelInDoubleIsWrittenInSinglePrecision() {
        Path directory = parent.resolve("model");
        try (Bert written = initialized(DataType.DOUBLE, 6)) {
            ModelDirectory.write(directory, written, tokenizer(), Map.of());
            Map<String, double[]> rounded = new TreeMap<>();
            parameters(written)
                    .forEach((name, values) -> rounded.put(
                            name, Arrays.stream(values).map(x -> (float) x).toArray()));
            try (Bert read = read(directory, DataType.DOUBLE)) {
                assertSameParameters(rounded, parameters(read));
            }
        }
    }

    @Test
    void equalModelsGiveEqualFiles() throws IOException {
        for (String name : List.of("first", "second")) {
            try (Bert model = initialized(DataType.FLOAT, 7)) {
                ModelDirectory.write(parent.resolve(name), model, tokenizer(), Map.of());
            }
        }
        assertArrayEquals(snapshot(parent.resolve("first")), snapshot(parent.resolve("second")));
    }

    @Test
    void tensorsHaveTheNamesThatTransformersGives() throws IOException {
        Path directory = parent.resolve("again");
        try (Bert model = read(PretrainedFixture.DIRECTORY, DataType.FLOAT)) {
            ModelDirectory.write(directory, model, tokenizer(), Map.of());
        }
        List<NamedTensor> expected = tensors(PretrainedFixture.DIRECTORY);
        // Name, type, shape and bytes.
        assertEquals(expected, tensors(directory));
    }

    @Test
    void aNewModelReplacesTheFormerAndLeavesOtherFilesAlone() throws IOException {
        Path directory = parent.resolve("model");
        Files.createDirectories(directory.resolve("checkpoints/step-1"));
        Files.writeString(directory.resolve("notes.txt"), "mine");
        try (Bert first = initialized(DataType.FLOAT, 1);
                Bert second = initialized(DataType.FLOAT, 2)) {
            ModelDirectory.write(directory, first, tokenizer(), Map.of("README.md", "one"));
            ModelDirectory.write(directory, second, tokenizer(), Map.of("README.md", "two"));
            try (Bert read = read(directory, DataType.FLOAT)) {
                assertSameParameters(parameters(second), parameters(read));
            }
        }
        assertEquals("two", Files.readString(directory.resolve("README.md")));
        assertEquals("mine", Files.readString(directory.resolve("notes.txt")));
        assertTrue(Files.isDirectory(directory.resolve("checkpoints/step-1")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"config.json", "model.safetensors", "vocab.txt", "tokenizer.json", "report.html"})
    void aFailedWriteLeavesTheFormerModelAsItWas(String blocked) throws IOException {
        Path directory = parent.resolve("model");
        try (Bert first = initialized(DataType.FLOAT, 1);
                Bert second = initialized(DataType.FLOAT, 2)) {
            ModelDirectory.write(directory, first, tokenizer(), Map.of());
            Files.deleteIfExists(directory.resolve(blocked));
            Files.createDirectories(directory.resolve(blocked).resolve("in the way"));
            byte[] before = snapshot(directory);

            String message = assertThrows(
                            Cloze4jException.class,
                            () -> ModelDirectory.write(directory, second, tokenizer(), Map.of("report.html", "<p>")))
                    .getMessage();

            assertTrue(message.contains(blocked), message);
            assertArrayEquals(before, snapshot(directory));
        }
    }

    @Test
    void afterACrashInTheMiddleOfAWriteTheFormerModelIsRead() throws IOException {
        Path directory = parent.resolve("model");
        try (Bert former = initialized(DataType.FLOAT, 1);
                Bert half = initialized(DataType.FLOAT, 2)) {
            ModelDirectory.write(directory, half, tokenizer(), Map.of());
            Files.writeString(directory.resolve("vocab.txt"), "not yet whole");
            ModelDirectory.write(directory.resolve(".cloze4j-former"), former, tokenizer(), Map.of());

            try (Bert read = read(directory, DataType.FLOAT)) {
                assertSameParameters(parameters(former), parameters(read));
            }
            assertEquals(
                    60, ModelDirectory.readTokenizer(directory).vocabulary().size());
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"config.json", "model.safetensors", "vocab.txt", "../README.md", "a/b", "a\\b", "", ".hidden"})
    void furtherFilesHaveNamesOfTheirOwn(String name) {
        try (Bert model = initialized(DataType.FLOAT, 1)) {
            assertThrows(
                    IllegalArgumentException.class,
                    () -> ModelDirectory.write(parent.resolve("model"), model, tokenizer(), Map.of(name, "")));
        }
        assertFalse(Files.exists(parent.resolve("model")));
    }

    @Test
    void aTokenizerOfAnotherModelIsNotWritten() {
        BertConfig smaller = BertConfig.builder(59)
                .numHiddenLayers(1)
                .hiddenSize(8)
                .numAttentionHeads(1)
                .build();
        try (Bert model =
                new Bert(smaller, List.of(LanguageModelHead.MASKED), KernelProviders.create("nd4j", DataType.FLOAT))) {
            assertThrows(
                    IllegalArgumentException.class,
                    () -> ModelDirectory.write(parent.resolve("model"), model, tokenizer(), Map.of()));
        }
    }

    @Test
    void tensorsThatTransformersWritesWithoutMeaningAreIgnored() throws IOException {
        Path directory = PretrainedFixture.copy(parent);
        List<NamedTensor> tensors = tensors(directory);
        tensors.add(renamed(named(tensors, WORDS), "cls.predictions.decoder.weight"));
        tensors.add(renamed(named(tensors, "cls.predictions.bias"), "cls.predictions.decoder.bias"));
        tensors.add(zeros("bert.embeddings.position_ids", TensorType.I64, 1, 24));
        tensors.add(zeros("bert.pooler.dense.weight", TensorType.F32, 16, 16));
        tensors.add(zeros("cls.seq_relationship.bias", TensorType.F32, 2));
        write(directory, tensors);
        try (Bert expected = read(PretrainedFixture.DIRECTORY, DataType.FLOAT);
                Bert received = read(directory, DataType.FLOAT)) {
            assertSameParameters(parameters(expected), parameters(received));
        }
    }

    @Test
    void whatIsTiedMayBeStoredUnderItsOtherNameOnly() throws IOException {
        Path directory = PretrainedFixture.copy(parent);
        List<NamedTensor> tensors = tensors(directory);
        tensors.replaceAll(tensor -> switch (tensor.name()) {
            case WORDS -> renamed(tensor, "cls.predictions.decoder.weight");
            case "cls.predictions.bias" -> renamed(tensor, "cls.predictions.decoder.bias");
            default -> tensor;
        });
        write(directory, tensors);
        try (Bert expected = read(PretrainedFixture.DIRECTORY, DataType.FLOAT);
                Bert received = read(directory, DataType.FLOAT)) {
            assertSameParameters(parameters(expected), parameters(received));
        }
    }

    @Test
    void namesOfTheYear2019AreRead() throws IOException {
        Path directory = PretrainedFixture.copy(parent);
        List<NamedTensor> tensors = tensors(directory);
        tensors.replaceAll(tensor -> renamed(
                tensor,
                tensor.name()
                        .replace("LayerNorm.weight", "LayerNorm.gamma")
                        .replace("LayerNorm.bias", "LayerNorm.beta")));
        write(directory, tensors);
        try (Bert expected = read(PretrainedFixture.DIRECTORY, DataType.FLOAT);
                Bert received = read(directory, DataType.FLOAT)) {
            assertSameParameters(parameters(expected), parameters(received));
        }
    }

    @Test
    void doublesAreReadAsSingles() throws IOException {
        Path directory = PretrainedFixture.copy(parent);
        List<NamedTensor> tensors = tensors(directory);
        tensors.replaceAll(tensor -> {
            int length = tensor.data().remaining() / Float.BYTES;
            ByteBuffer doubles = ByteBuffer.allocate(length * Double.BYTES).order(ByteOrder.LITTLE_ENDIAN);
            for (int i = 0; i < length; i++) {
                doubles.putDouble(tensor.data().getFloat(i * Float.BYTES));
            }
            return new NamedTensor(tensor.name(), TensorType.F64, tensor.shape(), doubles.flip());
        });
        write(directory, tensors);
        try (Bert expected = read(PretrainedFixture.DIRECTORY, DataType.FLOAT);
                Bert received = read(directory, DataType.FLOAT)) {
            assertSameParameters(parameters(expected), parameters(received));
        }
    }

    @Test
    void aTensorThatIsMissingSurplusOrOfAnotherShapeIsNamed() throws IOException {
        Path directory = PretrainedFixture.copy(parent);
        List<NamedTensor> tensors = tensors(directory);
        String bias = "cls.predictions.transform.dense.bias";

        List<NamedTensor> missing = new ArrayList<>(tensors);
        missing.remove(named(tensors, bias));
        write(directory, missing);
        assertTrue(refused(directory).contains(bias));

        missing.add(zeros(bias, TensorType.F32, 17));
        write(directory, missing);
        assertTrue(refused(directory).contains("[16]"));

        missing.set(missing.size() - 1, zeros(bias, TensorType.I32, 16));
        write(directory, missing);
        assertTrue(refused(directory).contains("I32"));

        missing.set(missing.size() - 1, zeros("two\nlines", TensorType.F32, 1));
        write(directory, missing);
        String message = refused(directory);
        assertTrue(message.contains("1 missing: " + bias) && message.contains("1 unknown: two lines"), message);

        List<NamedTensor> untied = new ArrayList<>(tensors);
        untied.add(zeros("cls.predictions.decoder.weight", TensorType.F32, 60, 16));
        write(directory, untied);
        assertTrue(refused(directory).contains("Set tie_word_embeddings to false in config.json"));

        List<NamedTensor> ownBias = new ArrayList<>(tensors);
        ownBias.add(zeros("cls.predictions.decoder.bias", TensorType.F32, 60));
        write(directory, ownBias);
        assertTrue(refused(directory).contains("cls.predictions.decoder.bias equal to cls.predictions.bias"));

        List<NamedTensor> twice = new ArrayList<>(tensors);
        twice.add(zeros("bert.embeddings.LayerNorm.gamma", TensorType.F32, 16));
        write(directory, twice);
        assertTrue(refused(directory).contains("bert.embeddings.LayerNorm.weight"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            "hidden_act": "gelu"       | "hidden_act": "xielu"              | hidden_act
            "tie_word_embeddings": true | "tie_word_embeddings": false      | cls.predictions.decoder.weight
            "tie_word_embeddings": true | "tie_word_embeddings": "yes"      | tie_word_embeddings
            "add_cross_attention": false | "add_cross_attention": true      | add_cross_attention
            "model_type": "bert"       | "model_type": "roberta"            | model_type
            "use_cache": true          | "position_embedding_type": "relative_key" | position_embedding_type
            "hidden_size": 16          | "hidden_sizes": 16                 | [60, 768]
            "hidden_size": 16          | "hidden_size": "16"                | hidden_size
            "hidden_size": 16          | "hidden_size": 16.5                | hidden_size
            "hidden_size": 16          | "hidden_size": 17                  | heads
            "hidden_size": 16          | "hidden_size": 18                  | [60, 18]
            "vocab_size": 60           | "vocab_size": 16000000             | [16000000, 16]
            "num_hidden_layers": 2     | "num_hidden_layers": 4000          | layer.2.
            "num_hidden_layers": 2     | "num_hidden_layers": 99999999999   | num_hidden_layers
            "intermediate_size": 32    | "intermediate_size": 33            | [33, 16]
            "layer_norm_eps": 1e-12    | "layer_norm_eps": 1e999            | layer_norm_eps
            "layer_norm_eps": 1e-12    | "layer_norm_eps": null             | layer_norm_eps
            "layer_norm_eps": 1e-12    | "layer_norm_eps": 0                | layer_norm_eps
            "hidden_size": 16          | "hidden_size": 16, "hidden_size": 16 | twice
            "hidden_size": 16          | "hidden_size": 16}{                | JSON
            """)
    void aConfigThatThisModelIsNotIsRefusedByName(String from, String to, String word) throws IOException {
        Path directory = PretrainedFixture.copy(parent);
        Path config = directory.resolve("config.json");
        String text = Files.readString(config);
        assertTrue(text.contains(from), from);
        Files.writeString(config, text.replace(from, to));

        String message = refused(directory);

        assertTrue(message.contains(word), message);
    }

    @Test
    void whatIsMissingIsNamed() throws IOException {
        assertTrue(refused(parent.resolve("nowhere")).contains("does not exist"));
        Path directory = PretrainedFixture.copy(parent);
        Files.delete(directory.resolve("model.safetensors"));
        assertTrue(refused(directory).contains("model.safetensors"));
        Files.delete(directory.resolve("config.json"));
        assertTrue(refused(directory).contains("config.json"));
        Files.delete(directory.resolve("vocab.txt"));
        assertEquals(60, ModelDirectory.readTokenizer(directory).vocabulary().size());
        Files.delete(directory.resolve("tokenizer.json"));
        assertThrows(CheckpointFormatException.class, () -> ModelDirectory.readTokenizer(directory));
    }

    @Test
    void mutatedFilesAreReadOrRefused() throws IOException {
        Path directory = PretrainedFixture.copy(parent);
        long seed = new Random().nextLong();
        System.out.println("ModelDirectoryTest.mutatedFilesAreReadOrRefused: seed " + seed);
        Random random = new Random(seed);
        int refused = 0;
        for (String name : List.of("config.json", "model.safetensors")) {
            Path file = directory.resolve(name);
            byte[] good = Files.readAllBytes(file);
            for (int i = 0; i < 150; i++) {
                Files.write(file, mutated(good, random));
                try (Bert model = read(directory, DataType.FLOAT)) {
                    assertEquals(60, model.config().vocabSize(), "seed " + seed);
                } catch (CheckpointFormatException damaged) {
                    assertFalse(damaged.getMessage().contains("\n"), damaged.getMessage());
                    refused++;
                }
            }
            Files.write(file, good);
        }
        assertTrue(refused > 100, "refused " + refused + " with seed " + seed);
    }

    private static byte[] mutated(byte[] good, Random random) {
        byte[] bad = random.nextInt(5) == 0 ? Arrays.copyOf(good, random.nextInt(good.length)) : good.clone();
        for (int changes = random.nextInt(4); changes > 0 && bad.length > 0; changes--) {
            // Half of them where a safetensors file has its header.
            int at = random.nextInt(random.nextBoolean() ? bad.length : Math.min(bad.length, 4448));
            bad[at] = random.nextBoolean() ? (byte) (bad[at] ^ 1 << random.nextInt(8)) : (byte) random.nextInt(256);
        }
        return bad;
    }

    @Test
    void everyFlippedBitOfTheNumbersIsNoticed() throws IOException {
        Path directory = parent.resolve("model");
        try (Bert model = initialized(DataType.FLOAT, 3)) {
            ModelDirectory.write(directory, model, tokenizer(), Map.of());
        }
        Path file = directory.resolve("model.safetensors");
        byte[] good = Files.readAllBytes(file);
        int header = 8 + ByteBuffer.wrap(good).order(ByteOrder.LITTLE_ENDIAN).getInt();
        long seed = new Random().nextLong();
        System.out.println("ModelDirectoryTest.everyFlippedBitOfTheNumbersIsNoticed: seed " + seed);
        Random random = new Random(seed);
        for (int i = 0; i < 100; i++) {
            byte[] bad = good.clone();
            bad[header + random.nextInt(good.length - header)] ^= (byte) (1 << random.nextInt(8));
            Files.write(file, bad);
            assertTrue(refused(directory).contains("checksum"), "seed " + seed);
        }
    }
}
