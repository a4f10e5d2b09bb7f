package io.github.cloze4j.inference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.Cloze4jException;
import io.github.cloze4j.inference.ZeroShotClassifier.Answer;
import io.github.cloze4j.inference.ZeroShotFixture.Case;
import io.github.cloze4j.inference.ZeroShotFixture.Text;
import io.github.cloze4j.kernel.KernelProviders;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.pretrained.huggingface.ModelDirectory;
import io.github.cloze4j.pretrained.huggingface.StoredModel;
import io.github.cloze4j.tokenizer.BertTokenizer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;

class ZeroShotClassifierTest {
    private static final String PATTERN = "{text} It was [MASK] .";
    private static final List<LabelWords> LABELS =
            Stream.of("cat", "undoable").map(LabelWords::of).toList();

    private static Bert model;
    private static BertTokenizer tokenizer;

    @BeforeAll
    static void open() {
        model = InferenceFixture.model("cpu");
        tokenizer = InferenceFixture.tokenizer();
    }

    @AfterAll
    static void close() {
        model.close();
    }

    private static ZeroShotClassifier byPattern(String pattern, List<LabelWords> labels, String... neutralTexts) {
        return ZeroShotClassifier.byPattern(model, tokenizer, pattern, labels, List.of(neutralTexts));
    }

    private static Stream<Case> cases() {
        return ZeroShotFixture.cases().stream();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void probabilitiesAreThoseOfTransformers(Case expected) {
        for (String provider : List.of("nd4j", "cpu")) {
            try (Kernels kernels = KernelProviders.create(provider, DataType.FLOAT);
                    Bert own = ModelDirectory.readModel(expected.directory(), kernels);
                    ZeroShotClassifier classifier = expected.classifier(own)) {
                List<Answer> together = classifier.classify(
                        expected.texts().stream().map(Text::text).toList());
                for (int text = 0; text < together.size(); text++) {
                    Text of = expected.texts().get(text);
                    assertSame(expected.labels(), of, together.get(text));
                    assertSame(expected.labels(), of, classifier.classify(of.text()));
                }
            }
        }
    }

    private static void assertSame(List<LabelWords> labels, Text expected, Answer received) {
        double[] probabilities = probabilities(received);
        assertEquals(labels.size(), probabilities.length);
        for (LabelScore answer : received.answers()) {
            assertEquals(labels.get(answer.id()).label(), answer.label());
            assertEquals(expected.probabilities().get(answer.id()), answer.score(), 1e-5, expected.text());
        }
        for (int rank = 1; rank < probabilities.length; rank++) {
            assertTrue(received.answers().get(rank - 1).score()
                    >= received.answers().get(rank).score());
        }
        assertEquals(expected.cut(), received.cut(), expected.text());
        assertEquals(1, Arrays.stream(probabilities).sum(), 1e-12);
    }

    /** {@code [labels]} in the order in which they were given; each label has one. */
    private static double[] probabilities(Answer answer) {
        double[] probabilities = new double[answer.answers().size()];
        Arrays.fill(probabilities, Double.NaN);
        answer.answers().forEach(label -> probabilities[label.id()] = label.score());
        return probabilities;
    }

    @Test
    void theEmptyTextIsNoEvidenceAfterCalibrationByIt() {
        try (ZeroShotClassifier calibrated = byPattern(PATTERN, LABELS, "")) {
            assertArrayEquals(new double[] {0.5, 0.5}, probabilities(calibrated.classify("")), 1e-5);
        }
    }

    @Test
    void ofEquallyProbableLabelsTheFirstIsFirst() {
        assertEquals(
                List.of("cat", "undoable"),
                ZeroShotMethod.answer(LABELS, new double[] {3, 3}, false).answers().stream()
                        .map(LabelScore::label)
                        .toList());
    }

    @Test
    void aTextHasTheSameProbabilitiesInAnyCompany() {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        List<String> texts = InferenceFixture.randomTexts(seed, 300, 30);
        try (ZeroShotClassifier classifier = byPattern(PATTERN, LABELS, "", "the king")) {
            List<Answer> together = classifier.classify(texts);
            assertEquals(300, together.size());
            for (int text = 0; text < texts.size(); text++) {
                Answer alone = classifier.classify(texts.get(text));
                assertEquals(alone.cut(), together.get(text).cut());
                assertArrayEquals(probabilities(alone), probabilities(together.get(text)), 1e-5, texts.get(text));
            }
        }
    }

    @Test
    void theRoomOfATextIsThatOfTheLongestLabel() {
        // Of 24 positions 2 are [CLS] and [SEP], 3 are "it" (unknown), "was" and ".", and "undoable" has 3 masks.
        try (ZeroShotClassifier classifier = byPattern(PATTERN, LABELS)) {
            Answer full = classifier.classify("the ".repeat(16));
            Answer longer = classifier.classify("the ".repeat(16) + "cat");
            assertFalse(full.cut());
            assertTrue(longer.cut());
            assertEquals(full.answers(), longer.answers());
        }
    }

    @Test
    void noTextsHaveNoPredictions() {
        try (ZeroShotClassifier classifier = byPattern(PATTERN, LABELS, "")) {
            assertEquals(List.of(), classifier.classify(List.of()));
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "It was [MASK] .                           | with one {text}. Received: none in 'It was [MASK] .'",
                "{text} It was [MASK] . {text}             | with one {text}. Received: several",
                "{text} It was good .                      | with one [MASK]. Received: none in '{text} It was good .'",
                "{text} It was [MASK] [MASK] .             | with one [MASK]. Received: several",
                "[MASK] : {text} It was [MASK] .           | with one [MASK]. Received: several",
                "the cat the cat the cat the cat the cat the cat the cat the cat the cat the cat [MASK] {text}"
                        + " | Received: 25 tokens without the text",
            })
    void aPatternThatCannotBeUsedIsRefused(String pattern, String words) {
        assertRefused(words, pattern, LABELS);
    }

    @Test
    void labelsThatCannotBeToldApartAreRefused() {
        assertRefused("at least two labels. Received: none", PATTERN, List.of());
        assertRefused("Received: one, 'cat'", PATTERN, List.of(LabelWords.of("cat")));
        assertRefused("'cat' twice", PATTERN, List.of(LabelWords.of("cat"), new LabelWords("cat", List.of("dog"))));
        assertRefused("'Cat' and 'CAT'", PATTERN, List.of(LabelWords.of("Cat"), LabelWords.of("CAT")));
        assertRefused(
                "'a' and 'b'",
                PATTERN,
                List.of(new LabelWords("a", List.of("cat", "dog")), new LabelWords("b", List.of("dog", "cat"))));
    }

    @Test
    void wordsOfUnknownPiecesAreRefusedByBothMethods() {
        List<LabelWords> unknown = List.of(LabelWords.of("cat"), new LabelWords("other", List.of("big xyz")));
        assertRefused("'big xyz' for the label 'other', which has a token that is unknown", PATTERN, unknown);
        String message = assertThrows(
                        IllegalArgumentException.class,
                        () -> ZeroShotClassifier.byEmbedding(
                                model, tokenizer, EmbedderSettings.plain(Path.of("")), unknown))
                .getMessage();
        assertTrue(message.contains("'big xyz'"), message);
        assertRefused("has no token", PATTERN, List.of(LabelWords.of("cat"), LabelWords.of("\u200b\u0007")));
    }

    private static void assertRefused(String words, String pattern, List<LabelWords> labels) {
        String message = assertThrows(IllegalArgumentException.class, () -> byPattern(pattern, labels))
                .getMessage();
        assertTrue(message.contains(words), message);
    }

    @Test
    void labelsHaveNamesAndWords() {
        assertThrows(IllegalArgumentException.class, () -> LabelWords.of(" "));
        assertThrows(IllegalArgumentException.class, () -> new LabelWords("a", List.of()));
        assertThrows(IllegalArgumentException.class, () -> new LabelWords("a", List.of("b", " ")));
        assertThrows(IllegalArgumentException.class, () -> new LabelWords("a", List.of("b", "b")));
        List<String> words = new ArrayList<>(List.of("b"));
        LabelWords label = new LabelWords("a", words);
        words.add("c");
        assertEquals(List.of("b"), label.words());
    }

    @Test
    void aModelWithoutTheHeadIsRefusedByPatternOnly() {
        Path directory = Path.of("src/test/resources/pretrained/directories/encoder");
        try (StoredModel stored = ModelDirectory.open(directory);
                Bert encoder =
                        stored.readEncoder(stored.config(), model.parameters().kernels())) {
            assertThrows(
                    IllegalArgumentException.class,
                    () -> ZeroShotClassifier.byPattern(encoder, tokenizer, PATTERN, LABELS, List.of()));
            try (ZeroShotClassifier classifier =
                    ZeroShotClassifier.byEmbedding(encoder, tokenizer, EmbedderSettings.plain(directory), LABELS)) {
                assertEquals("cat", classifier.classify("cat").answers().get(0).label());
            }
        }
    }

    @Test
    void aDivergedModelIsNotAsked() {
        try (Bert diverged = InferenceFixture.model("cpu");
                ZeroShotClassifier classifier =
                        ZeroShotClassifier.byPattern(diverged, tokenizer, PATTERN, LABELS, List.of())) {
            diverged.parameters().parameter("cls.predictions.bias").value().assign(Double.NaN);
            assertThrows(Cloze4jException.class, () -> classifier.classify("cat"));
        }
    }
}
