package io.github.cloze4j.pretrained.google;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.onnxruntime.OrtException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.cloze4j.corpus.Corpus;
import io.github.cloze4j.data.Batch;
import io.github.cloze4j.data.Targets;
import io.github.cloze4j.kernel.Documents;
import io.github.cloze4j.kernel.KernelProviders;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.kernel.LossSum;
import io.github.cloze4j.model.Answers;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.model.BertConfig;
import io.github.cloze4j.model.TrainingPass;
import io.github.cloze4j.nn.Parameter;
import io.github.cloze4j.pretrained.PretrainedFixture;
import io.github.cloze4j.pretrained.RealWeights;
import io.github.cloze4j.pretrained.huggingface.ModelDirectory;
import io.github.cloze4j.pretrained.onnx.OnnxParity;
import io.github.cloze4j.tokenizer.BertTokenizer;
import io.github.cloze4j.tokenizer.EncodeOptions;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.buffer.DataType;

/** Google's BERT-base as published, against what transformers computes with it (make_bert_base_fixture.py). */
@Tag("real-weights")
class GoogleBertBaseTest {
    private static final Path FIXTURE = Path.of("src/test/resources/pretrained/bert-base-uncased.json.gz");
    private static final double TOLERANCE = 1e-3;
    private static final int LONGEST = 128;

    private static Bert model;
    private static BertTokenizer tokenizer;
    private static JsonNode fixture;

    @TempDir
    Path directory;

    @BeforeAll
    static void importModel() throws IOException {
        try (InputStream json = new GZIPInputStream(Files.newInputStream(FIXTURE));
                GoogleCheckpoint checkpoint = GoogleCheckpoint.open(RealWeights.bertBase())) {
            fixture = new ObjectMapper().readTree(json);
            tokenizer = checkpoint.readTokenizer(false);
            model = checkpoint.readModel(kernels());
        }
    }

    @AfterAll
    static void close() {
        if (model != null) {
            model.close();
        }
    }

    private static Kernels kernels() {
        return KernelProviders.create(KernelProviders.AUTO, DataType.FLOAT);
    }

    private static int[] integers(JsonNode array) {
        return IntStream.range(0, array.size()).map(i -> array.get(i).asInt()).toArray();
    }

    /** Documents one behind the other in a row of 128 tokens, padding behind them. */
    private static final class Row {
        private final int[] ids = new int[LONGEST];
        private final int[] positions = new int[LONGEST];
        private final List<Integer> offsets = new ArrayList<>(List.of(0));
        private final List<Integer> masks = new ArrayList<>();
        private final List<Integer> labels = new ArrayList<>();
        private int length;

        boolean has(int tokens) {
            return length + tokens <= LONGEST;
        }

        void add(int[] document, int[] maskedPositions, int[] originals) {
            for (int i = 0; i < document.length; i++) {
                ids[length + i] = document[i];
                positions[length + i] = i;
            }
            IntStream.of(maskedPositions).forEach(position -> masks.add(length + position));
            IntStream.of(originals).forEach(labels::add);
            length += document.length;
            offsets.add(length);
        }

        Batch batch() {
            if (length < LONGEST) {
                offsets.add(LONGEST);
            }
            return new Batch(
                    1,
                    LONGEST,
                    ids,
                    new int[LONGEST],
                    positions,
                    Documents.bidirectional(array(offsets)),
                    length,
                    List.of(new Targets(array(masks), array(labels))));
        }

        private static int[] array(List<Integer> numbers) {
            return numbers.stream().mapToInt(Integer::intValue).toArray();
        }
    }

    @Test
    void theModelIsBertBase() {
        assertEquals(
                BertConfig.builder(30522)
                        .numHiddenLayers(12)
                        .hiddenSize(768)
                        .numAttentionHeads(12)
                        .build(),
                model.config());
        assertEquals(30522, tokenizer.vocabulary().size());
    }

    @Test
    void scoresOfMasksAreThoseOfTransformers() {
        int[] fixed = integers(fixture.get("fixed_ids"));
        double worst = 0;
        int masks = 0;
        for (JsonNode sentence : fixture.get("sentences")) {
            String text = sentence.get("text").asText();
            int[] ids = tokenizer
                    .encode(text, new EncodeOptions(LONGEST, true, true))
                    .ids();
            assertArrayEquals(integers(sentence.get("ids")), ids, text);
            int[] positions = IntStream.range(0, ids.length)
                    .filter(i -> ids[i] == tokenizer.vocabulary().maskId())
                    .toArray();
            assertEquals(sentence.get("masks").size(), positions.length, text);
            Row row = new Row();
            row.add(ids, positions, new int[positions.length]);
            double[] logits = Answers.scores(model, row.batch(), 0);
            int words = model.config().vocabSize();
            for (int mask = 0; mask < positions.length; mask++) {
                JsonNode expected = sentence.get("masks").get(mask);
                float[] scores = floats(logits, mask * words, words);
                int[] top = integers(expected.get("top"));
                assertEquals(top[0], best(scores), text);
                worst = Math.max(worst, difference(scores, top, expected.get("top_logits")));
                worst = Math.max(worst, difference(scores, fixed, expected.get("fixed_logits")));
                masks++;
            }
        }
        System.out.println("largest difference of a score, " + masks + " masks: " + worst);
        assertTrue(worst <= TOLERANCE, "difference " + worst);
    }

    private static float[] floats(double[] numbers, int first, int count) {
        float[] floats = new float[count];
        for (int i = 0; i < count; i++) {
            floats[i] = (float) numbers[first + i];
        }
        return floats;
    }

    private static int best(float[] scores) {
        return IntStream.range(0, scores.length)
                .reduce((best, i) -> scores[i] > scores[best] ? i : best)
                .orElseThrow();
    }

    private static double difference(float[] scores, int[] ids, JsonNode expected) {
        return IntStream.range(0, ids.length)
                .mapToDouble(i -> Math.abs(scores[ids[i]] - expected.get(i).asDouble()))
                .max()
                .orElseThrow();
    }

    @Test
    void tokensOfGlossesAreThoseOfTransformers() {
        List<String> glosses;
        try (Stream<String> documents = Corpus.wordNetGlosses().documents()) {
            glosses = documents.toList();
        }
        for (JsonNode example : fixture.get("glosses")) {
            int[] expected = integers(example.get("ids"));
            int[] positions = integers(example.get("positions"));
            int[] labels = integers(example.get("labels"));
            for (int i = 0; i < positions.length; i++) {
                expected[positions[i]] = labels[i];
            }
            String text = glosses.get(example.get("index").asInt());
            assertArrayEquals(
                    expected,
                    tokenizer
                            .encode(text, new EncodeOptions(LONGEST, true, false))
                            .ids(),
                    text);
        }
    }

    @Test
    void theLossOnGlossesIsThatOfTransformers() {
        List<Batch> batches = new ArrayList<>();
        Row row = new Row();
        for (JsonNode example : fixture.get("glosses")) {
            int[] ids = integers(example.get("ids"));
            if (!row.has(ids.length)) {
                batches.add(row.batch());
                row = new Row();
            }
            row.add(ids, integers(example.get("positions")), integers(example.get("labels")));
        }
        batches.add(row.batch());
        LossSum loss = LossSum.ZERO;
        int count = 0;
        try (TrainingPass pass = model.trainingPass(1, LONGEST, LONGEST)) {
            for (Batch batch : batches) {
                loss = loss.plus(pass.loss(batch).read().get(0));
                count += batch.targets().get(0).count();
            }
        }
        JsonNode expected = fixture.get("evaluation");
        System.out.println("loss " + loss.sum() / count + ", transformers " + expected);
        assertEquals(500, fixture.get("glosses").size());
        assertEquals(expected.get("masked_tokens").asLong(), count);
        assertEquals(expected.get("loss").asDouble(), loss.sum() / count, TOLERANCE);
        assertEquals(expected.get("accuracy").asDouble(), (double) loss.correct() / count, TOLERANCE);
    }

    @Test
    void everyParameterSurvivesHuggingFacesLayoutBitForBit() throws IOException {
        ModelDirectory.write(directory, model, tokenizer, Map.of());
        try (Bert again = ModelDirectory.readModel(directory, kernels())) {
            assertEquals(model.config(), again.config());
            for (Parameter parameter : model.parameters().parameters()) {
                Parameter other = again.parameters().parameter(parameter.name());
                assertEquals(
                        -1,
                        PretrainedFixture.bytes(model, parameter).mismatch(PretrainedFixture.bytes(again, other)),
                        parameter.name());
            }
        }
        assertEquals(
                tokenizer.vocabulary(), ModelDirectory.readTokenizer(directory).vocabulary());
        assertEquals(
                tokenizer.config().doLowerCase(),
                ModelDirectory.readTokenizer(directory).config().doLowerCase());
    }

    @Test
    void theOnnxExportAgreesInOnnxRuntime() throws OrtException {
        List<String> texts = List.of(
                "The capital of France is [MASK].",
                "[MASK] [MASK]",
                "Mitochondria are the powerhouse of the [MASK]. ".repeat(60),
                "");
        OnnxParity.assertAgrees(model, tokenizer, texts, directory);
    }
}
