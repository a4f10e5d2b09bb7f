package io.github.cloze4j.inference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.inference.ChoiceAnswerer.Answer;
import io.github.cloze4j.inference.ChoiceAnswerer.Query;
import io.github.cloze4j.kernel.KernelProviders;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.tokenizer.BertTokenizer;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;

/** Chosen texts against transformers: make_answers_fixture.py. */
class ChoiceAnswererTest {
    private static final BertTokenizer TOKENIZER = AnswersFixture.tokenizer();

    @Test
    void scoresAndProbabilitiesAreThoseOfTransformers() {
        List<AnswersFixture.Choice> expected = AnswersFixture.choices();
        List<Query> queries = expected.stream()
                .map(choice -> new Query(choice.text(), choice.choices()))
                .toList();
        try (Kernels kernels = KernelProviders.create("nd4j", DataType.DOUBLE);
                Bert model = AnswersFixture.model(AnswersFixture.CHOICES, kernels);
                ChoiceAnswerer answerer = new ChoiceAnswerer(model, TOKENIZER, 64)) {
            double[][] scores = answerer.scores(queries);
            List<Answer> answers = answerer.choose(queries);
            for (int i = 0; i < queries.size(); i++) {
                assertArrayEquals(expected.get(i).scores(), scores[i], 1e-5);
                assertFalse(answers.get(i).cut());
                double previous = 1;
                for (LabelScore choice : answers.get(i).choices()) {
                    assertEquals(expected.get(i).probabilities()[choice.id()], choice.score(), 1e-5);
                    assertEquals(queries.get(i).choices().get(choice.id()), choice.label());
                    assertTrue(choice.score() <= previous);
                    previous = choice.score();
                }
            }
        }
    }

    @Test
    void textsThatAreCutSaySo() {
        try (Kernels kernels = KernelProviders.create("nd4j", DataType.DOUBLE);
                Bert model = AnswersFixture.model(AnswersFixture.CHOICES, kernels);
                ChoiceAnswerer answerer = new ChoiceAnswerer(model, TOKENIZER, 12)) {
            List<Answer> answers = answerer.choose(List.of(
                    new Query("The cat sat on the", List.of("mat.", "sea")),
                    new Query("The cat sat on the", List.of("mat.", "red river and the sea"))));
            assertEquals(List.of(false, true), answers.stream().map(Answer::cut).toList());
        }
    }

    @Test
    void noChoiceAndOtherHeadsAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> new Query("Who?", List.of()));
        try (Kernels kernels = KernelProviders.create("nd4j", DataType.DOUBLE);
                Bert model = AnswersFixture.model(AnswersFixture.QUESTIONS, kernels)) {
            String message = assertThrows(
                            IllegalArgumentException.class, () -> new ChoiceAnswerer(model, TOKENIZER, 12))
                    .getMessage();
            assertTrue(message.startsWith("Expected a model with a head for the loss choice"), message);
        }
    }
}
