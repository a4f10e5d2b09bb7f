package io.github.cloze4j.inference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.Cloze4jException;
import io.github.cloze4j.inference.InferenceFixture.Likelihoods;
import io.github.cloze4j.inference.PseudoPerplexity.Hiding;
import io.github.cloze4j.inference.PseudoPerplexity.Score;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.tokenizer.BertTokenizer;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PseudoPerplexityTest {
    private static final BertTokenizer TOKENIZER = InferenceFixture.tokenizer();

    @ParameterizedTest
    @CsvSource({"nd4j, TOKEN", "nd4j, REST_OF_WORD", "cpu, TOKEN", "cpu, REST_OF_WORD"})
    void likelihoodsAreThoseOfTransformers(String kernels, Hiding hiding) {
        List<Likelihoods> expected = InferenceFixture.likelihoods();
        try (Bert model = InferenceFixture.model(kernels);
                PseudoPerplexity scorer = new PseudoPerplexity(model, TOKENIZER, hiding)) {
            List<Score> received =
                    scorer.score(expected.stream().map(Likelihoods::text).toList());

            assertEquals(expected.size(), received.size());
            for (int text = 0; text < received.size(); text++) {
                Likelihoods of = expected.get(text);
                double likelihood = hiding == Hiding.TOKEN ? of.token() : of.restOfWord();
                assertEquals(of.tokens(), received.get(text).tokens(), of.text());
                assertEquals(likelihood, received.get(text).logLikelihood(), 1e-4, of.text());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"nd4j", "cpu"})
    void aTextHasTheSameScoreInAnyCompany(String kernels) {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        List<String> texts = InferenceFixture.randomTexts(seed, 60, 7);
        try (Bert model = InferenceFixture.model(kernels);
                PseudoPerplexity scorer = new PseudoPerplexity(model, TOKENIZER, Hiding.TOKEN)) {
            List<Score> together = scorer.score(texts);
            for (int text = 0; text < texts.size(); text++) {
                Score alone = scorer.score(texts.get(text));
                assertEquals(alone.tokens(), together.get(text).tokens());
                // Of each token.
                assertEquals(
                        alone.logLikelihood(),
                        together.get(text).logLikelihood(),
                        1e-5 * Math.max(1, alone.tokens()),
                        texts.get(text));
            }
        }
    }

    @Test
    void perplexityIsThatOfAllTokensTogether() {
        Score first = new Score(-6, 2);
        Score both = first.plus(new Score(-1, 5));

        assertEquals(Math.exp(3), first.perplexity(), 1e-12);
        assertEquals(new Score(-7, 7), both);
        assertEquals(Math.E, both.perplexity(), 1e-12);
        assertTrue(Double.isNaN(new Score(0, 0).perplexity()));
    }

    @Test
    void aTextWithoutTokensScoresNothing() {
        try (Bert model = InferenceFixture.model("cpu");
                PseudoPerplexity scorer = new PseudoPerplexity(model, TOKENIZER, Hiding.TOKEN)) {
            assertEquals(List.of(), scorer.score(List.of()));
            assertEquals(new Score(0, 0), scorer.score(" "));
        }
    }

    @Test
    void aTextMayFillAllPositions() {
        try (Bert model = InferenceFixture.model("cpu");
                PseudoPerplexity scorer = new PseudoPerplexity(model, TOKENIZER, Hiding.TOKEN)) {
            // 24 positions, two of them [CLS] and [SEP].
            assertEquals(22, scorer.score("cat ".repeat(22)).tokens());
            List<String> texts = List.of("cat", "dog ".repeat(23));
            String message = assertThrows(IllegalArgumentException.class, () -> scorer.score(texts))
                    .getMessage();
            assertTrue(message.contains("24") && message.contains("25") && message.contains("'dog dog"), message);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"nd4j", "cpu"})
    void aDivergedModelIsNotAsked(String kernels) {
        try (Bert diverged = InferenceFixture.model(kernels);
                PseudoPerplexity scorer = new PseudoPerplexity(diverged, TOKENIZER, Hiding.TOKEN)) {
            diverged.parameters().parameter("cls.predictions.bias").value().assign(Double.NaN);
            assertThrows(Cloze4jException.class, () -> scorer.score("cat"));
        }
    }
}
