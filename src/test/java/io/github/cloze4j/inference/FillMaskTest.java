package io.github.cloze4j.inference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.Cloze4jException;
import io.github.cloze4j.kernel.KernelProviders;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.model.BertConfig;
import io.github.cloze4j.model.head.LanguageModelHead;
import io.github.cloze4j.pretrained.PretrainedFixture;
import io.github.cloze4j.pretrained.huggingface.ModelDirectory;
import io.github.cloze4j.tokenizer.BertTokenizer;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;

class FillMaskTest {
    private static Bert model;
    private static BertTokenizer tokenizer;
    private static FillMask fillMask;

    @BeforeAll
    static void open() {
        model = ModelDirectory.readModel(PretrainedFixture.DIRECTORY, KernelProviders.create("nd4j", DataType.FLOAT));
        tokenizer = ModelDirectory.readTokenizer(PretrainedFixture.DIRECTORY);
        fillMask = new FillMask(model, tokenizer);
    }

    @AfterAll
    static void close() {
        fillMask.close();
        model.close();
    }

    @ParameterizedTest
    @MethodSource("io.github.cloze4j.pretrained.PretrainedFixture#answers")
    void predictionsAreThoseOfTransformers(PretrainedFixture.Answer answer) {
        List<List<Prediction>> received =
                fillMask.fill(answer.text(), answer.predictions().get(0).size());

        assertEquals(answer.predictions().size(), received.size());
        for (int mask = 0; mask < received.size(); mask++) {
            for (int rank = 0; rank < received.get(mask).size(); rank++) {
                Prediction expected = answer.predictions().get(mask).get(rank);
                Prediction prediction = received.get(mask).get(rank);
                assertEquals(expected.token(), prediction.token());
                assertEquals(expected.id(), prediction.id());
                assertEquals(expected.probability(), prediction.probability(), 1e-4 * expected.probability());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"nd4j", "cpu"})
    void predictionsForSeveralTextsAreThoseOfTransformers(String kernels) {
        List<InferenceFixture.Masks> expected = InferenceFixture.masks();
        try (Bert own = InferenceFixture.model(kernels);
                FillMask fill = new FillMask(own, tokenizer)) {
            List<List<List<Prediction>>> received = fill.fill(
                    expected.stream().map(InferenceFixture.Masks::text).toList(), 5);

            assertEquals(expected.size(), received.size());
            for (int text = 0; text < received.size(); text++) {
                assertSame(
                        expected.get(text).predictions(),
                        received.get(text),
                        expected.get(text).text());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"nd4j", "cpu"})
    void aTextHasTheSamePredictionsInAnyCompany(String kernels) {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        List<String> texts = InferenceFixture.randomTexts(seed, 700, 7).stream()
                .filter(text -> text.contains("[MASK]"))
                .toList();
        try (Bert own = InferenceFixture.model(kernels);
                FillMask fill = new FillMask(own, tokenizer)) {
            List<List<List<Prediction>>> together = fill.fill(texts, 60);
            for (int text = 0; text < texts.size(); text++) {
                assertSameById(fill.fill(texts.get(text), 60), together.get(text), texts.get(text));
            }
        }
    }

    private static void assertSame(List<List<Prediction>> expected, List<List<Prediction>> received, String text) {
        assertEquals(expected.size(), received.size(), text);
        for (int mask = 0; mask < received.size(); mask++) {
            assertEquals(
                    expected.get(mask).stream().map(Prediction::id).toList(),
                    received.get(mask).stream().map(Prediction::id).toList(),
                    text);
        }
        assertSameById(expected, received, text);
    }

    /** Whatever their order, which rounding may change where two are equally probable. */
    private static void assertSameById(List<List<Prediction>> expected, List<List<Prediction>> received, String text) {
        assertEquals(expected.size(), received.size(), text);
        for (int mask = 0; mask < received.size(); mask++) {
            List<Prediction> byId = received.get(mask).stream()
                    .sorted(Comparator.comparingInt(Prediction::id))
                    .toList();
            List<Prediction> expectedById = expected.get(mask).stream()
                    .sorted(Comparator.comparingInt(Prediction::id))
                    .toList();
            assertEquals(expectedById.size(), byId.size(), text);
            for (int i = 0; i < byId.size(); i++) {
                assertEquals(expectedById.get(i).token(), byId.get(i).token(), text);
                assertEquals(expectedById.get(i).probability(), byId.get(i).probability(), 1e-5, text);
            }
        }
    }

    @Test
    void noTextsHaveNoPredictions() {
        assertEquals(List.of(), fillMask.fill(List.of(), 5));
    }

    @Test
    void oneTextWithoutAMaskAmongManyIsQuoted() {
        List<String> texts = List.of("the [MASK]", "the cat", "[MASK]");
        String message = assertThrows(IllegalArgumentException.class, () -> fillMask.fill(texts, 1))
                .getMessage();
        assertTrue(message.contains("'the cat'"), message);
    }

    @Test
    void theWholeVocabularyIsRankedAndSumsToOne() {
        List<Prediction> all =
                fillMask.fill("the [MASK] sat", Integer.MAX_VALUE).get(0);

        assertEquals(60, all.size());
        assertEquals(60, all.stream().map(Prediction::id).distinct().count());
        assertEquals(1, all.stream().mapToDouble(Prediction::probability).sum(), 1e-12);
        for (int rank = 1; rank < all.size(); rank++) {
            assertTrue(all.get(rank - 1).probability() >= all.get(rank).probability());
        }
    }

    @Test
    void answersDoNotDependOnWhatWasAskedBefore() {
        List<String> texts = List.of(
                "the [MASK]",
                "[MASK] [MASK] [MASK] [MASK] [MASK]",
                "the old king sat on the mat with a small red bird and the [MASK] ran to the sea",
                "a [MASK] and a [MASK]");
        for (String text : texts) {
            try (FillMask fresh = new FillMask(model, tokenizer)) {
                assertEquals(fresh.fill(text, 3), fillMask.fill(text, 3));
            }
        }
    }

    @Test
    void aTextMayFillAllPositions() {
        // 24 positions, two of them [CLS] and [SEP].
        assertEquals(1, fillMask.fill("cat ".repeat(21) + "[MASK]", 2).size());
        String message = assertThrows(
                        IllegalArgumentException.class, () -> fillMask.fill("cat ".repeat(22) + "[MASK]", 2))
                .getMessage();
        assertTrue(message.contains("24") && message.contains("25"), message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "the cat sat", "MASK", "[ MASK ]"})
    void aTextWithoutAMaskIsRefused(String text) {
        String message = assertThrows(IllegalArgumentException.class, () -> fillMask.fill(text, 1))
                .getMessage();
        assertTrue(message.contains("[MASK]"), message);
    }

    @Test
    void atLeastOnePredictionIsAskedFor() {
        assertThrows(IllegalArgumentException.class, () -> fillMask.fill("[MASK]", 0));
    }

    @Test
    void aVocabularyLargerThanTheModelIsRefused() {
        try (Bert smaller = new Bert(
                BertConfig.builder(59)
                        .numHiddenLayers(1)
                        .hiddenSize(8)
                        .numAttentionHeads(1)
                        .build(),
                List.of(LanguageModelHead.MASKED),
                model.parameters().kernels())) {
            assertThrows(IllegalArgumentException.class, () -> new FillMask(smaller, tokenizer));
        }
    }

    @Test
    void wordsOfTheModelThatHaveNoTokenAreNeverPredicted() {
        try (Bert larger = new Bert(
                        BertConfig.builder(64)
                                .numHiddenLayers(1)
                                .hiddenSize(8)
                                .numAttentionHeads(1)
                                .build(),
                        List.of(LanguageModelHead.MASKED),
                        model.parameters().kernels());
                FillMask fill = new FillMask(larger, tokenizer)) {
            larger.initialize(1);
            assertEquals(60, fill.fill("[MASK]", 64).get(0).size());
        }
    }

    @Test
    void ofEquallyProbableTokensTheLowerIdComesFirst() {
        // All parameters are 0, so all scores are equal.
        try (Bert zero = new Bert(
                        BertConfig.builder(60)
                                .numHiddenLayers(1)
                                .hiddenSize(8)
                                .numAttentionHeads(1)
                                .build(),
                        List.of(LanguageModelHead.MASKED),
                        model.parameters().kernels());
                FillMask fill = new FillMask(zero, tokenizer)) {
            List<Prediction> predictions = fill.fill("[MASK]", 3).get(0);
            assertEquals(
                    List.of(0, 1, 2), predictions.stream().map(Prediction::id).toList());
            assertEquals(1 / 60.0, predictions.get(0).probability(), 1e-15);
        }
    }

    @Test
    void aDivergedModelIsNotAsked() {
        try (Bert diverged = new Bert(
                        BertConfig.builder(60)
                                .numHiddenLayers(1)
                                .hiddenSize(8)
                                .numAttentionHeads(1)
                                .build(),
                        List.of(LanguageModelHead.MASKED),
                        model.parameters().kernels());
                FillMask fill = new FillMask(diverged, tokenizer)) {
            diverged.parameters().parameter("cls.predictions.bias").value().assign(Double.NaN);
            assertThrows(Cloze4jException.class, () -> fill.fill("[MASK]", 1));
        }
    }
}
