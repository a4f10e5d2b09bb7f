package io.github.cloze4j.inference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.cloze4j.Cloze4jException;
import io.github.cloze4j.inference.InferenceFixture.Vectors;
import io.github.cloze4j.inference.SentenceEmbedder.Pooling;
import io.github.cloze4j.kernel.KernelProviders;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.model.BertConfig;
import io.github.cloze4j.model.head.LanguageModelHead;
import io.github.cloze4j.tokenizer.BertTokenizer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;

class SentenceEmbedderTest {
    private static final BertTokenizer TOKENIZER = InferenceFixture.tokenizer();

    private static double[] doubles(float[] vector) {
        double[] doubles = new double[vector.length];
        for (int i = 0; i < vector.length; i++) {
            doubles[i] = vector[i];
        }
        return doubles;
    }

    /** Among them an empty text and one that is longer than the model's positions. */
    @ParameterizedTest
    @CsvSource({
        "nd4j, MEAN, true",
        "nd4j, CLS, false",
        "cpu, MEAN, true",
        "cpu, MEAN, false",
        "cpu, CLS, true",
        "cpu, CLS, false"
    })
    void vectorsAreThoseOfTransformers(String kernels, Pooling pooling, boolean normalize) {
        List<Vectors> expected = InferenceFixture.vectors();
        try (Bert model = InferenceFixture.model(kernels);
                SentenceEmbedder embedder = new SentenceEmbedder(model, TOKENIZER, pooling, normalize)) {
            List<float[]> received =
                    embedder.embed(expected.stream().map(Vectors::text).toList());

            assertEquals(expected.size(), received.size());
            for (int text = 0; text < received.size(); text++) {
                assertArrayEquals(
                        expected.get(text).of(pooling, normalize),
                        doubles(received.get(text)),
                        1e-5,
                        expected.get(text).text());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"nd4j", "cpu"})
    void aTextHasTheSameVectorInAnyCompany(String kernels) {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        // About 3,500 tokens: more than one batch.
        List<String> texts = InferenceFixture.randomTexts(seed, 250, 18);
        List<String> shuffled = new ArrayList<>(texts);
        Collections.shuffle(shuffled, new Random(seed));
        try (Bert model = InferenceFixture.model(kernels);
                SentenceEmbedder embedder = new SentenceEmbedder(model, TOKENIZER, Pooling.MEAN, true)) {
            List<float[]> together = embedder.embed(texts);
            List<float[]> otherwise = embedder.embed(shuffled);
            for (int text = 0; text < texts.size(); text++) {
                float[] alone = embedder.embed(texts.get(text));
                assertArrayEquals(alone, together.get(text), 1e-5f, texts.get(text));
                assertArrayEquals(alone, otherwise.get(shuffled.indexOf(texts.get(text))), 1e-5f, texts.get(text));
            }
        }
    }

    @Test
    void aLongTextIsItsBeginning() {
        try (Bert model = InferenceFixture.model("cpu");
                SentenceEmbedder embedder = new SentenceEmbedder(model, TOKENIZER, Pooling.MEAN, true)) {
            // 24 positions, two of them [CLS] and [SEP].
            String longest = "cat dog ".repeat(11);
            assertArrayEquals(embedder.embed(longest), embedder.embed(longest + "the sea ".repeat(1000)), 0);
        }
    }

    @Test
    void noTextsHaveNoVectors() {
        try (Bert model = InferenceFixture.model("cpu");
                SentenceEmbedder embedder = new SentenceEmbedder(model, TOKENIZER, Pooling.MEAN, true)) {
            assertEquals(List.of(), embedder.embed(List.of()));
            assertEquals(16, embedder.dimensions());
            assertEquals(16, embedder.embed("").length);
        }
    }

    @Test
    void aVectorOfZerosStaysZero() {
        try (Bert zero = new Bert(
                        BertConfig.builder(60)
                                .numHiddenLayers(1)
                                .hiddenSize(8)
                                .numAttentionHeads(1)
                                .build(),
                        List.of(LanguageModelHead.MASKED),
                        KernelProviders.create("cpu", DataType.FLOAT));
                SentenceEmbedder embedder = new SentenceEmbedder(zero, TOKENIZER, Pooling.CLS, true)) {
            assertArrayEquals(new float[8], embedder.embed("cat"), 0);
        }
    }

    @Test
    void aDivergedModelIsNotAsked() {
        try (Bert diverged = InferenceFixture.model("nd4j");
                SentenceEmbedder embedder = new SentenceEmbedder(diverged, TOKENIZER, Pooling.MEAN, true)) {
            diverged.parameters()
                    .parameter("bert.embeddings.LayerNorm.bias")
                    .value()
                    .assign(Double.NaN);
            assertThrows(Cloze4jException.class, () -> embedder.embed("cat"));
        }
    }
}
