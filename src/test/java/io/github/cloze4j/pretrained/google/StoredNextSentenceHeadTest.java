package io.github.cloze4j.pretrained.google;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.cloze4j.data.Batch;
import io.github.cloze4j.data.Targets;
import io.github.cloze4j.kernel.Activation;
import io.github.cloze4j.kernel.Documents;
import io.github.cloze4j.kernel.KernelProviders;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.model.Answers;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.model.BertConfig;
import io.github.cloze4j.model.HeadKind;
import io.github.cloze4j.model.head.ClassifierHead;
import io.github.cloze4j.model.head.LanguageModelHead;
import io.github.cloze4j.nn.Parameter;
import io.github.cloze4j.pretrained.PretrainedFixture;
import io.github.cloze4j.pretrained.huggingface.ModelDirectory;
import io.github.cloze4j.pretrained.huggingface.ModelParts;
import io.github.cloze4j.tensors.SafeTensors;
import io.github.cloze4j.tensors.SafeTensorsFile;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The pooler and the scores of pairs that others stored, against what transformers' BertForPreTraining computes with them
 * (src/test/python/make_next_sentence_fixture.py).
 */
class StoredNextSentenceHeadTest {
    private static final List<HeadKind> HEADS = List.of(LanguageModelHead.MASKED, ClassifierHead.ofPairs("nsp"));
    private static final Path ROOT = Path.of("src/test/resources/pretrained");
    private static final Path ENCODER = ROOT.resolve("directories/encoder");

    /** The script's: undivided, the pooler of this checkpoint says 1 and -1 of any text. */
    private static final double DIVISOR = 64;

    private static final String POOLER = "bert.pooler.dense.weight";
    private static final String POOLER_BIAS = "bert.pooler.dense.bias";
    private static final String SCORES = "cls.seq_relationship.weight";

    @TempDir
    Path directory;

    private static Kernels kernels(DataType type) {
        return KernelProviders.create(type == DataType.DOUBLE ? "nd4j" : KernelProviders.AUTO, type);
    }

    private static int[] integers(JsonNode array) {
        return IntStream.range(0, array.size()).map(i -> array.get(i).asInt()).toArray();
    }

    private static double[] numbers(INDArray array) {
        try (INDArray copy = array.dup('c')) {
            return copy.data().asDouble();
        }
    }

    private static double[] numbers(Bert model, String parameter) {
        return numbers(model.parameters().parameter(parameter).value());
    }

    private static void assertScores(String name, Bert model) throws IOException {
        JsonNode answers = new ObjectMapper()
                .readTree(ROOT.resolve("next-sentence.json").toFile())
                .get(name);
        List<Double> expected = new ArrayList<>();
        List<Double> received = new ArrayList<>();
        for (JsonNode answer : answers) {
            answer.get("scores").forEach(score -> expected.add(score.asDouble()));
            int[] ids = integers(answer.get("ids"));
            Batch batch = new Batch(
                    1,
                    ids.length,
                    ids,
                    integers(answer.get("types")),
                    IntStream.range(0, ids.length).toArray(),
                    Documents.bidirectional(new int[] {0, ids.length}),
                    ids.length,
                    List.of(new Targets(new int[] {1}, new int[] {0}), new Targets(new int[] {0}, new int[] {0})));
            Arrays.stream(Answers.scores(model, batch, 1)).forEach(received::add);
        }
        double[] all = expected.stream().mapToDouble(Double::doubleValue).toArray();
        assertEquals(6, all.length);
        double tolerance = model.parameters().type() == DataType.DOUBLE ? 1e-8 : 1e-4;
        assertArrayEquals(
                all, received.stream().mapToDouble(Double::doubleValue).toArray(), tolerance, name);
    }

    @ParameterizedTest
    @EnumSource(
            value = DataType.class,
            names = {"DOUBLE", "FLOAT"})
    void aBertForPreTrainingScoresPairsAsTransformersDoes(DataType type) throws IOException {
        Path model = ROOT.resolve("directories/old-names");
        try (Bert read = PretrainedFixture.readForTraining(model, HEADS, kernels(type))) {
            assertScores("directories/old-names", read);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = DataType.class,
            names = {"DOUBLE", "FLOAT"})
    void anImportedCheckpointScoresPairsAsTransformersDoes(DataType type) throws IOException {
        Path imported = directory.resolve("imported");
        importTo(imported, GoogleCheckpointTest.BY_TENSORFLOW);
        assertTrue(Files.readString(imported.resolve("config.json")).contains("\"BertForPreTraining\""));
        try (Bert read = ModelDirectory.readModel(imported, kernels(type))) {
            for (Parameter parameter : read.parameters().parameters()) {
                parameter.value().divi(DIVISOR);
            }
            assertScores("google-bert", read);
        }
    }

    private static void importTo(Path output, Path source) {
        try (GoogleCheckpoint checkpoint = GoogleCheckpoint.open(source);
                Bert model = checkpoint.readModel(kernels(DataType.FLOAT))) {
            checkpoint.write(output, model, checkpoint.readTokenizer(false));
        }
    }

    private static Bert forPairs(Path model) {
        return PretrainedFixture.readForTraining(model, HEADS, kernels(DataType.FLOAT));
    }

    @Test
    void thePoolerOfACheckpointWithoutScoresIsKept() throws IOException {
        BertConfig config =
                new BertConfig(12, 8, 1, 2, 12, Activation.GELU, 0.1, 0.1, 6, 2, 0.02, 1e-12, true, null, false);
        BundleFixture bundle = GoogleCheckpointTest.ones(config, "");
        float[] kernel = new float[64];
        float[] bias = new float[8];
        for (int i = 0; i < kernel.length; i++) {
            kernel[i] = i;
            bias[i % bias.length] = -i;
        }
        bundle.add("bert/pooler/dense/kernel", 0, kernel, 8, 8);
        bundle.add("bert/pooler/dense/bias", 0, bias, 8);
        Path source = directory.resolve("source");
        bundle.write(source, "model.ckpt");
        Files.copy(GoogleCheckpointTest.BY_TENSORFLOW.resolve("vocab.txt"), source.resolve("vocab.txt"));
        Files.writeString(source.resolve("bert_config.json"), "{\"num_attention_heads\": 2}");
        Path imported = directory.resolve("imported");

        importTo(imported, source);

        assertTrue(Files.readString(imported.resolve("config.json")).contains("\"BertForMaskedLM\""));
        assertTrue(PretrainedFixture.parts(imported).contains(ModelParts.POOLER));
        assertFalse(PretrainedFixture.parts(imported).contains(ModelParts.NEXT_SENTENCE));
        ModelDirectory.readModel(imported, kernels(DataType.FLOAT)).close();
        try (Bert model = forPairs(imported)) {
            double[] weights = numbers(model, POOLER);
            for (int i = 0; i < weights.length; i++) {
                assertEquals(kernel[i % 8 * 8 + i / 8], weights[i]);
            }
            double[] biases = numbers(model, POOLER_BIAS);
            for (int i = 0; i < biases.length; i++) {
                assertEquals(bias[i], biases[i]);
            }
            assertTrue(Arrays.stream(numbers(model, SCORES)).allMatch(number -> number != 0));
        }
    }

    @Test
    void thePoolerOfABertModelIsKept() {
        assertTrue(PretrainedFixture.parts(ENCODER).contains(ModelParts.POOLER));
        try (Bert model = forPairs(ENCODER);
                SafeTensorsFile file = SafeTensors.open(ENCODER.resolve("model.safetensors"))) {
            assertStored(file, model);
            assertTrue(Arrays.stream(numbers(model, SCORES)).allMatch(number -> number != 0));
        }
    }

    private static void assertStored(SafeTensorsFile file, Bert model) {
        for (String name : List.of(POOLER, POOLER_BIAS)) {
            FloatBuffer stored =
                    file.tensor(name.substring("bert.".length())).data().asFloatBuffer();
            for (double number : numbers(model, name)) {
                assertEquals(stored.get(), number, name);
            }
            assertFalse(stored.hasRemaining());
        }
    }
}
