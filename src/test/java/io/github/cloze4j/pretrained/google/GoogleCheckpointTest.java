package io.github.cloze4j.pretrained.google;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.cloze4j.CheckpointFormatException;
import io.github.cloze4j.Cloze4jException;
import io.github.cloze4j.files.FileTrees;
import io.github.cloze4j.kernel.Activation;
import io.github.cloze4j.kernel.KernelProviders;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.model.BertConfig;
import io.github.cloze4j.model.head.LanguageModelHead;
import io.github.cloze4j.nn.Parameter;
import io.github.cloze4j.pretrained.PretrainedFixture;
import io.github.cloze4j.pretrained.Warnings;
import io.github.cloze4j.pretrained.huggingface.ModelDirectory;
import io.github.cloze4j.pretrained.huggingface.ModelParts;
import io.github.cloze4j.tokenizer.TokenizerConfig;
import io.github.cloze4j.tokenizer.Vocabulary;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

class GoogleCheckpointTest {
    /** What src/test/python/make_google_fixture.py wrote with TensorFlow. */
    static final Path BY_TENSORFLOW = Path.of("src/test/resources/pretrained/google-bert");

    private static final Kernels KERNELS = KernelProviders.create("nd4j", DataType.FLOAT);

    @TempDir
    Path directory;

    @TempDir
    Path temporary;

    @AfterEach
    void nothingUnpackedIsLeft() throws IOException {
        try (Stream<Path> left = Files.list(temporary)) {
            assertEquals(List.of(), left.toList());
        }
    }

    /** What archives are unpacked to goes to a directory of the test's own, which has to be empty again. */
    private GoogleCheckpoint open(Path source) {
        return GoogleCheckpoint.open(source, null, null, temporary);
    }

    private static JsonNode numbers() throws IOException {
        return new ObjectMapper().readTree(BY_TENSORFLOW.resolve("numbers.json").toFile());
    }

    private static double[] numbers(JsonNode array) {
        double[] numbers = new double[array.size()];
        Arrays.setAll(numbers, i -> array.get(i).asDouble());
        return numbers;
    }

    private static double[] numbers(INDArray array) {
        try (INDArray copy = array.dup('c')) {
            return copy.data().asDouble();
        }
    }

    private void assertRight(Path source) throws IOException {
        JsonNode expected = numbers();
        try (GoogleCheckpoint checkpoint = open(source);
                Bert model = checkpoint.readModel(KERNELS)) {
            for (Parameter parameter : model.parameters().parameters()) {
                String name = GoogleNames.of(parameter.name());
                double[] google = numbers(expected.get(name));
                long[] shape = parameter.shape();
                double[] ours = name.endsWith("kernel") ? transposed(google, (int) shape[0]) : google;
                assertArrayEquals(ours, numbers(parameter.value()), name);
            }
            assertEquals("sat", checkpoint.readTokenizer(false).vocabulary().token(7));
        }
    }

    private static double[] transposed(double[] matrix, int columns) {
        int rows = matrix.length / columns;
        double[] transposed = new double[matrix.length];
        Arrays.setAll(transposed, i -> matrix[i % rows * columns + i / rows]);
        return transposed;
    }

    /** A checkpoint with the shape of the fixture's config and all numbers 1. */
    static BundleFixture ones(BertConfig config, String prefix) {
        BundleFixture bundle = new BundleFixture(1);
        try (Bert model = new Bert(config, List.of(LanguageModelHead.MASKED), KERNELS)) {
            for (Parameter parameter : model.parameters().parameters()) {
                float[] numbers = new float[(int) parameter.length()];
                Arrays.fill(numbers, 1);
                String name = GoogleNames.of(parameter.name());
                long[] shape = parameter.shape();
                long[] google = name.endsWith("kernel") ? new long[] {shape[1], shape[0]} : shape;
                bundle.add(prefix + name, 0, numbers, google);
            }
        }
        return bundle;
    }

    private static BertConfig config(int hidden) {
        return new BertConfig(12, hidden, 1, 2, 12, Activation.GELU, 0.1, 0.1, 6, 2, 0.02, 1e-12, true, null, false);
    }

    private Path copyOfFixture() throws IOException {
        Path copy = Files.createDirectories(directory.resolve("copy"));
        try (Stream<Path> files = Files.list(BY_TENSORFLOW)) {
            for (Path file : files.toList()) {
                Files.copy(file, copy.resolve(file.getFileName()));
            }
        }
        return copy;
    }

    private String refused(Path source) {
        String message = assertThrows(CheckpointFormatException.class, () -> {
                    try (GoogleCheckpoint checkpoint = open(source)) {
                        checkpoint.readTokenizer(false);
                        checkpoint.readModel(KERNELS).close();
                    }
                })
                .getMessage();
        assertTrue(message.contains("Expected") && message.contains("Received"), message);
        assertTrue(message.contains(source.toString()) && !message.contains(temporary.toString()), message);
        return message;
    }

    private void assertRefused(Consumer<BundleFixture> damage, String... words) throws IOException {
        BundleFixture bundle = ones(config(8), "");
        damage.accept(bundle);
        Path source = directory.resolve("refused");
        bundle.write(source, "model.ckpt");
        Files.copy(BY_TENSORFLOW.resolve("vocab.txt"), source.resolve("vocab.txt"));
        Files.writeString(source.resolve("bert_config.json"), "{\"num_attention_heads\": 2}");
        String message = refused(source);
        for (String word : words) {
            assertTrue(message.contains(word), message);
        }
        FileTrees.delete(source);
    }

    @Test
    void everyParameterIsWhatTensorFlowReads() throws IOException {
        assertRight(BY_TENSORFLOW);
    }

    @Test
    void theConfigurationIsGoogles() {
        try (GoogleCheckpoint checkpoint = GoogleCheckpoint.open(BY_TENSORFLOW)) {
            assertEquals(
                    new BertConfig(12, 8, 2, 2, 12, Activation.GELU, 0.125, 0.25, 6, 2, 0.02, 1e-12, true, null, false),
                    checkpoint.config());
        }
        try (GoogleCheckpoint checkpoint = GoogleCheckpoint.open(BY_TENSORFLOW, Activation.GELU_TANH, null)) {
            assertEquals(Activation.GELU_TANH, checkpoint.config().hiddenAct());
        }
    }

    @Test
    void aSavedModelWithoutConfigurationIsRead() throws IOException {
        BertConfig config =
                new BertConfig(12, 128, 1, 2, 3, Activation.GELU, 0.1, 0.1, 6, 2, 0.02, 1e-12, true, null, false);
        ones(config, "module/").write(directory.resolve("variables"), "variables");
        Path assets = Files.createDirectories(directory.resolve("assets"));
        Files.copy(BY_TENSORFLOW.resolve("vocab.txt"), assets.resolve("vocab.txt"));
        try (GoogleCheckpoint checkpoint = GoogleCheckpoint.open(directory);
                Bert model = checkpoint.readModel(KERNELS)) {
            assertEquals(config, model.config());
            assertEquals(12, checkpoint.readTokenizer(false).vocabulary().size());
        }
    }

    @Test
    void theModelIsTheSameOnceItStandsInHuggingFacesLayout() throws IOException {
        Path output = directory.resolve("output");
        try (GoogleCheckpoint checkpoint = GoogleCheckpoint.open(BY_TENSORFLOW);
                Bert model = checkpoint.readModel(KERNELS)) {
            ModelDirectory.write(output, model, checkpoint.readTokenizer(false), Map.of());
            try (Bert again = ModelDirectory.readModel(output, KERNELS)) {
                assertEquals(model.config(), again.config());
                for (Parameter parameter : model.parameters().parameters()) {
                    INDArray value =
                            again.parameters().parameter(parameter.name()).value();
                    assertArrayEquals(numbers(parameter.value()), numbers(value), parameter.name());
                }
            }
        }
    }

    @Test
    void wrongTensorsAreListed() throws IOException {
        assertRefused(
                x -> {
                    x.entries.remove("cls/predictions/output_bias");
                    x.entries.remove("bert/embeddings/LayerNorm/beta");
                    x.add("bert/encoder/layer_0/output/dense/bias", 0, new float[7], 7);
                    x.add("bert/encoder/layer_0/adapter/kernel", 0, new float[1], 1);
                    x.add("bert/pooler/dense/bias", 0, new float[1], 1);
                },
                "3 missing: bert/embeddings/LayerNorm/beta, cls/predictions/output_bias, bert/pooler/dense/kernel; ",
                "2 of another shape or type: bert/encoder/layer_0/output/dense/bias [7] in the place of [8],"
                        + " bert/pooler/dense/bias [1] in the place of [8]; ",
                "1 unknown: bert/encoder/layer_0/adapter/kernel");
    }

    @Test
    void scoresOfPairsNeedTheirPooler() throws IOException {
        assertRefused(
                x -> x.add("cls/seq_relationship/output_bias", 0, new float[2], 2),
                "3 missing: bert/pooler/dense/kernel, bert/pooler/dense/bias, cls/seq_relationship/output_weights");
    }

    @Test
    void numbersThatAreNoFloatsAreRefused() throws IOException {
        assertRefused(
                x -> x.entries.get("cls/predictions/output_bias").setDtype(org.tensorflow.framework.DataType.DT_INT32),
                "cls/predictions/output_bias [12] DT_INT32");
        assertRefused(
                x -> x.entries
                        .get("bert/embeddings/word_embeddings")
                        .setDtype(org.tensorflow.framework.DataType.DT_INT32),
                "floats [12, 8]");
    }

    @Test
    void checkpointsOfOtherModelsAreRefused() throws IOException {
        assertRefused(x -> x.entries.clear(), "one tensor bert/embeddings/word_embeddings", "none");
        assertRefused(
                x -> {
                    x.entries.remove("bert/embeddings/word_embeddings");
                    x.add("a/bert/embeddings/word_embeddings", 0, new float[1], 1);
                    x.add("b/bert/embeddings/word_embeddings", 0, new float[1], 1);
                },
                "a/bert/embeddings/word_embeddings, b/bert/embeddings/word_embeddings");
        assertRefused(
                x -> x.add("bert/embeddings/word_embeddings", 0, new float[12], 12),
                "a matrix bert/embeddings/word_embeddings");
        assertRefused(x -> x.add("bert/embeddings/word_embeddings", 0, new float[0], 0, 8), "a matrix");
        assertRefused(
                x -> x.add("bert/encoder/layer_0/attention/self/query/kernel", 0, new float[12], 6, 2),
                "[8, 8]",
                "[6, 2]");
        assertRefused(
                x -> x.add("bert/encoder/layer_1/attention/self/query/kernel", 0, new float[64], 8, 8),
                "bert/encoder/layer_1/intermediate/dense/kernel");
    }

    @Test
    void damagedNumbersAreRefused() throws IOException {
        Path copy = copyOfFixture();
        Path data = copy.resolve("bert_model.ckpt.data-00000-of-00001");
        byte[] bytes = Files.readAllBytes(data);
        bytes[bytes.length / 2] ^= 1;
        Files.write(data, bytes);
        assertTrue(refused(copy).contains("checksum"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"hidden_size\": 16}",
                "{\"vocab_size\": 13}",
                "{\"num_hidden_layers\": 3}",
                "{\"intermediate_size\": 13}",
                "{\"max_position_embeddings\": 7}",
                "{\"type_vocab_size\": 16}",
                "{\"num_attention_heads\": 3}",
                "{\"num_attention_heads\": 2, \"hidden_act\": \"xielu\"}",
                "{\"num_attention_heads\": 2, \"hidden_dropout_prob\": 1.5}",
                "{\"num_attention_heads\": 2, \"num_attention_heads\": 2}",
                "{\"num_attention_heads\": 2.5}",
                "{\"num_attention_heads\": \"2\"}",
                "{\"num_attention_heads\": 99999999999}",
                "{\"num_attention_heads\": 2} x",
                "{}",
                "[]",
                "null",
                "",
                "{"
            })
    void wrongConfigurationsAreRefused(String config) throws IOException {
        Path copy = copyOfFixture();
        Files.writeString(copy.resolve("bert_config.json"), config);
        assertTrue(refused(copy).startsWith(copy.toString()));
    }

    @Test
    void missingAndSuperfluousFilesAreRefused() throws IOException {
        assertTrue(refused(directory.resolve("absent")).contains("does not exist"));
        assertTrue(refused(directory).contains("one checkpoint"));
        Path copy = copyOfFixture();
        Files.delete(copy.resolve("vocab.txt"));
        assertTrue(refused(copy).contains("vocab.txt"));
        Files.writeString(copy.resolve("second.index"), "");
        Files.copy(BY_TENSORFLOW.resolve("vocab.txt"), copy.resolve("vocab.txt"));
        String several = refused(copy);
        assertTrue(several.contains("bert_model.ckpt, second. Choose one of them"), several);
    }

    @Test
    void oneOfSeveralCheckpointsIsChosenByItsName() throws IOException {
        Path copy = copyOfFixture();
        BundleFixture second = ones(config(8), "");
        second.add("cls/predictions/output_bias", 0, new float[] {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, 12);
        second.write(copy, "model.ckpt-1000");
        Files.writeString(copy.resolve("bert_config.json"), "{\"num_attention_heads\": 2}");
        try (GoogleCheckpoint checkpoint = GoogleCheckpoint.open(copy, null, "model.ckpt-1000");
                Bert model = checkpoint.readModel(KERNELS)) {
            double[] bias =
                    numbers(model.parameters().parameter("cls.predictions.bias").value());
            assertEquals(11, bias[11]);
        }
        String absent = assertThrows(
                        CheckpointFormatException.class, () -> GoogleCheckpoint.open(copy, null, "model.ckpt-1"))
                .getMessage();
        assertTrue(absent.contains("bert_model.ckpt, model.ckpt-1000. Choose one of them"), absent);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "bert/embeddings/word_embeddings/AdamWeightDecayOptimizer",
                "bert/embeddings/word_embeddings/AdamWeightDecayOptimizer_1",
                "bert/encoder/layer_0/output/dense/kernel/LAMBOptimizer",
                "bert/encoder/layer_0/output/dense/kernel/lamb/m",
                "cls/predictions/output_bias/ExponentialMovingAverage"
            })
    void variablesOfAnyOptimizerArePassedOverInSilence(String name) throws IOException {
        BundleFixture bundle = ones(config(8), "");
        bundle.add(name, 0, new float[12], 12);
        for (String scalar : List.of("global_step", "loss_scale", "good_steps", "beta1_power")) {
            bundle.add(scalar, 0, new float[1]);
        }
        String warnings = Warnings.during(() -> readWritten(bundle));
        assertEquals("", warnings);
    }

    @Test
    void tensorsOfNoUseAreListedInOneWarning() throws IOException {
        BundleFixture bundle = ones(config(8), "");
        bundle.add("output_weights", 0, new float[16], 2, 8);
        bundle.add("bert/encoder/layer_0/adapter/kernel", 0, new float[1], 1);
        String warnings = Warnings.during(() -> readWritten(bundle));
        assertEquals(1, warnings.lines().count(), warnings);
        assertTrue(
                warnings.contains("tensors that are not used (2): bert/encoder/layer_0/adapter/kernel, output_weights"),
                warnings);
    }

    private void readWritten(BundleFixture bundle) throws IOException {
        Path source = written(bundle);
        try (GoogleCheckpoint checkpoint = open(source)) {
            checkpoint.readModel(KERNELS).close();
        }
    }

    private Path written(BundleFixture bundle) throws IOException {
        Path source = directory.resolve("written");
        bundle.write(source, "model.ckpt");
        Files.copy(BY_TENSORFLOW.resolve("vocab.txt"), source.resolve("vocab.txt"));
        Files.writeString(source.resolve("bert_config.json"), "{\"num_attention_heads\": 2}");
        return source;
    }

    @Test
    void anEncoderWithoutItsHeadIsWrittenAsABertModel() throws IOException {
        BundleFixture bundle = ones(config(8), "");
        bundle.entries.keySet().removeIf(name -> name.startsWith("cls/"));
        Path output = directory.resolve("encoder");
        try (GoogleCheckpoint checkpoint = open(written(bundle));
                Bert model = checkpoint.readModel(KERNELS)) {
            assertFalse(checkpoint.hasHead());
            checkpoint.write(output, model, checkpoint.readTokenizer(false));
        }
        assertTrue(Files.readString(output.resolve("config.json")).contains("\"BertModel\""));
        assertFalse(PretrainedFixture.parts(output).contains(ModelParts.MASKED_LM));
        try (Bert read = PretrainedFixture.readEncoder(output, KERNELS)) {
            double[] words = numbers(read.parameters()
                    .parameter("bert.embeddings.word_embeddings.weight")
                    .value());
            assertEquals(1, words[95]);
        }
    }

    @Test
    void numbersThatAreNotFiniteAreRefused() throws IOException {
        assertRefused(
                x -> x.add(
                        "cls/predictions/output_bias",
                        0,
                        new float[] {0, 1, 2, Float.NaN, 4, 5, 6, 7, 8, 9, 10, 11},
                        12),
                "NaN at [3] of [12]");
    }

    @Test
    void pointersOfGitLfsAreNamed() throws IOException {
        String pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n";
        for (String file : List.of(
                "bert_model.ckpt.index", "bert_model.ckpt.data-00000-of-00001", "vocab.txt", "bert_config.json")) {
            Path copy = copyOfFixture();
            Files.writeString(copy.resolve(file), pointer);
            String message = assertThrows(Cloze4jException.class, () -> {
                        try (GoogleCheckpoint checkpoint = open(copy)) {
                            checkpoint.readTokenizer(false);
                        }
                    })
                    .getMessage();
            assertTrue(message.contains("git lfs pull") && message.contains(file), message);
            FileTrees.delete(copy);
        }
        String archive = refused(Files.writeString(directory.resolve("model.zip"), pointer));
        assertTrue(archive.contains("git lfs pull"), archive);
    }

    @Test
    void aVocabularyLargerThanTheModelsIsRefused() throws IOException {
        Path copy = copyOfFixture();
        Path vocabulary = copy.resolve("vocab.txt");
        Files.writeString(vocabulary, Files.readString(vocabulary) + "more\n");
        assertTrue(refused(copy).contains("at most 12 tokens"));
    }

    @Test
    void caseIsAsTheFilesSayElseAsTheCallerSays() throws IOException {
        Path copy = copyOfFixture();
        try (GoogleCheckpoint checkpoint = GoogleCheckpoint.open(copy)) {
            assertEquals(
                    TokenizerConfig.uncased(), checkpoint.readTokenizer(false).config());
            assertEquals(TokenizerConfig.cased(), checkpoint.readTokenizer(true).config());
        }
        Files.writeString(copy.resolve("tokenizer_config.json"), "{\"do_lower_case\": false}");
        try (GoogleCheckpoint checkpoint = GoogleCheckpoint.open(copy)) {
            assertEquals(
                    TokenizerConfig.cased(), checkpoint.readTokenizer(false).config());
        }
    }

    @Test
    void aVocabularyThatSpeaksAgainstTheCaseIsDoubted() {
        List<String> tokens = new ArrayList<>(Vocabulary.SPECIAL_TOKENS);
        tokens.add("cat");
        Vocabulary uncased = Vocabulary.of(tokens);
        tokens.add("Cat");
        Vocabulary cased = Vocabulary.of(tokens);
        assertTrue(GoogleCheckpoint.doubt(uncased, false).isEmpty());
        assertTrue(GoogleCheckpoint.doubt(cased, true).isEmpty());
        assertTrue(GoogleCheckpoint.doubt(uncased, true).orElseThrow().contains("with 0"));
        assertTrue(GoogleCheckpoint.doubt(cased, false).orElseThrow().contains("with 1"));
    }

    /** name → content, in a zip. */
    private static byte[] zip(Map<String, byte[]> files) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        zip(files, bytes);
        return bytes.toByteArray();
    }

    private static void zip(Map<String, byte[]> files, OutputStream target) throws IOException {
        try (ZipOutputStream zip = new ZipOutputStream(target, StandardCharsets.UTF_8)) {
            for (Map.Entry<String, byte[]> file : files.entrySet()) {
                zip.putNextEntry(new ZipEntry(file.getKey()));
                zip.write(file.getValue());
            }
        }
    }

    private static Map<String, byte[]> fixture(String prefix) throws IOException {
        Map<String, byte[]> files = new LinkedHashMap<>();
        files.put(prefix, new byte[0]);
        try (Stream<Path> fixture = Files.list(BY_TENSORFLOW)) {
            for (Path file : fixture.toList()) {
                files.put(prefix + file.getFileName(), Files.readAllBytes(file));
            }
        }
        return files;
    }

    @Test
    void zipsAndZipsWithinJarsAreRead() throws IOException {
        byte[] zip = zip(fixture("uncased_tiny/"));
        assertRight(Files.write(directory.resolve("model.zip"), zip));
        Map<String, byte[]> jar = new LinkedHashMap<>();
        jar.put("META-INF/MANIFEST.MF", "Manifest-Version: 1.0\n".getBytes(StandardCharsets.UTF_8));
        jar.put("com/example/bert-tiny", zip);
        jar.put("com/example/THIRD-PARTY.txt", new byte[] {'P', 'K'});
        assertRight(Files.write(directory.resolve("model.jar"), zip(jar)));
    }

    @Test
    void namesThatLeadOutOfTheArchiveLeadNowhere() throws IOException {
        Map<String, byte[]> files = new LinkedHashMap<>();
        fixture("../../../").forEach(files::put);
        files.put("../../escaped", new byte[] {1});
        files.put("/absolute", new byte[] {1});
        files.put("..\\..\\vocab.txt", new byte[] {1});
        Path archive = directory.resolve("a/b/c/slip.zip");
        Files.createDirectories(archive.getParent());
        assertRight(Files.write(archive, zip(files)));
        try (Stream<Path> all = Files.walk(directory)) {
            assertEquals(List.of(archive), all.filter(Files::isRegularFile).toList());
        }
    }

    @Test
    void wrongArchivesAreRefused() throws IOException {
        byte[] good = zip(fixture("x/"));
        Path archive = directory.resolve("model.zip");
        assertTrue(refused(Files.write(archive, "no zip".getBytes(StandardCharsets.UTF_8)))
                .contains("one checkpoint"));
        assertTrue(refused(Files.write(archive, zip(Map.of("readme", new byte[1]))))
                .contains("one checkpoint"));
        for (int cut = 1; cut < 20; cut++) {
            refused(Files.write(archive, Arrays.copyOf(good, good.length * cut / 40)));
        }
        Map<String, byte[]> two = fixture("x/");
        two.putAll(fixture("y/"));
        assertTrue(refused(Files.write(archive, zip(two))).contains("more than one file"));
    }

    @Test
    void mutatedArchivesAreRefusedOrRead() throws IOException {
        byte[] good = zip(Map.of("a/model", zip(fixture("x/"))));
        Path archive = directory.resolve("model.jar");
        Random random = new Random(20261124);
        for (int i = 0; i < 300; i++) {
            byte[] bad = good.clone();
            for (int changes = 1 + random.nextInt(3); changes > 0; changes--) {
                bad[random.nextInt(random.nextBoolean() ? 100 : bad.length)] = (byte) random.nextInt();
            }
            Files.write(archive, bad);
            try {
                open(archive).close();
            } catch (CheckpointFormatException e) {
                assertTrue(e.getMessage().contains(archive.toString()), e.getMessage());
            }
        }
    }

    @Test
    void aFileThatIsNoArchiveIsNotTakenApart() throws IOException {
        assertFalse(refused(BY_TENSORFLOW.resolve("vocab.txt")).isEmpty());
    }
}
