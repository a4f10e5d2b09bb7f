package io.github.cloze4j.finetune.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.DoubleNode;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Exact match, F1 and thresholds of answers against the official scripts. */
class AnswerScoresTest {
    private static final JsonNode REFERENCE = Reference.cases("answers");

    @Test
    void answersAreNormalisedAsByTheScript() {
        assertTrue(REFERENCE.get("normalised").size() > 20);
        for (JsonNode one : REFERENCE.get("normalised")) {
            String text = one.get("text").textValue();
            assertEquals(one.get("normalised").textValue(), String.join(" ", SquadText.tokens(text)), text);
        }
    }

    @ParameterizedTest
    @CsvSource({"SQUAD_V1, v1", "CMRC, cmrc"})
    void singleAnswersAreScoredAsByTheScript(AnswerRules rules, String name) {
        assertTrue(REFERENCE.get(name).size() > 20);
        for (JsonNode one : REFERENCE.get(name)) {
            List<String> gold = Reference.strings(one.get("gold"));
            String predicted = one.get("predicted").textValue();
            String what = gold + " " + predicted;
            assertEquals(one.get("exact").doubleValue() == 1, rules.exact(gold, predicted), what);
            Reference.assertNumber(one.get("f1"), rules.f1(gold, predicted), what);
        }
    }

    @Test
    void questionsWithAndWithoutAnswersAreScoredAsByTheScript() {
        for (JsonNode one : REFERENCE.get("v2")) {
            List<AnsweredQuestion> questions = new ArrayList<>();
            for (JsonNode question : one.get("questions")) {
                questions.add(new AnsweredQuestion(
                        Reference.strings(question.get("gold")),
                        question.get("predicted").textValue(),
                        question.get("no_answer").doubleValue()));
            }
            AnswerScores scores = AnswerScores.of(questions, AnswerRules.SQUAD_V2);
            double threshold = one.get("threshold").doubleValue();
            JsonNode expected = one.get("expected");
            assertMean(expected, "", scores.all(threshold));
            assertMean(expected, "HasAns_", scores.withAnswer(threshold));
            assertMean(expected, "NoAns_", scores.withoutAnswer(threshold));
            assertMean(one.get("all_given"), "", scores.all(AnswerScores.EVERY_ANSWER));
            assertBest(expected, "best_exact", scores.bestExact());
            assertBest(expected, "best_f1", scores.bestF1());
            assertEquals(
                    scores.bestF1().score(),
                    scores.all(scores.bestF1().threshold()).f1(),
                    1e-12);
        }
    }

    private static void assertMean(JsonNode expected, String prefix, AnswerScores.Mean actual) {
        if (expected.has(prefix + "total")) {
            assertPercent(expected.get(prefix + "exact"), actual.exact(), prefix + "exact");
            assertPercent(expected.get(prefix + "f1"), actual.f1(), prefix + "f1");
            assertEquals(expected.get(prefix + "total").intValue(), actual.questions());
        } else {
            assertEquals(new AnswerScores.Mean(Double.NaN, Double.NaN, 0), actual);
        }
    }

    private static void assertBest(JsonNode expected, String name, AnswerScores.Best actual) {
        assertPercent(expected.get(name), actual.score(), name);
        Reference.assertNumber(expected.get(name + "_thresh"), actual.threshold(), name);
    }

    private static void assertPercent(JsonNode expected, double actual, String what) {
        Reference.assertNumber(DoubleNode.valueOf(expected.doubleValue() / 100), actual, what);
    }

    @Test
    void questionsWithEqualScoresAreAnsweredTogether() {
        AnswerScores scores = AnswerScores.of(
                List.of(
                        new AnsweredQuestion(List.of("cat"), "cat", -1),
                        new AnsweredQuestion(List.of(), "dog", -1),
                        new AnsweredQuestion(List.of(), "dog", -1)),
                AnswerRules.SQUAD_V2);
        // The script counts the first question alone and reports 3 of 3, which no threshold reaches.
        assertEquals(2.0 / 3, scores.bestExact().score(), 1e-15);
        assertTrue(scores.bestExact().threshold() < -1, "the threshold withholds every answer");
        assertEquals(2.0 / 3, scores.all(scores.bestExact().threshold()).exact(), 1e-15);
    }

    @Test
    void aResampleScoresItsQuestionsOnly() {
        AnswerScores scores = AnswerScores.of(
                List.of(new AnsweredQuestion(List.of("cat"), "cat", 0), new AnsweredQuestion(List.of("cat"), "", 0)),
                AnswerRules.SQUAD_V1);
        assertEquals(
                new AnswerScores.Mean(0.75, 0.75, 4),
                scores.pick(new int[] {0, 1, 0, 0}).all(AnswerScores.EVERY_ANSWER));
    }

    @ParameterizedTest
    @EnumSource(names = {"SQUAD_V1", "CMRC"})
    void aQuestionWithoutGoldAnswersIsRefusedIfTheRulesDemandOne(AnswerRules rules) {
        List<AnsweredQuestion> questions = List.of(new AnsweredQuestion(List.of(), "cat", 0));
        String message = assertThrows(IllegalArgumentException.class, () -> AnswerScores.of(questions, rules))
                .getMessage();
        assertEquals(
                "Expected at least one gold answer. Received: none. Use SQUAD_V2 if questions may have no answer.",
                message);
    }

    @Test
    void aScoreThatIsNotFiniteIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> new AnsweredQuestion(List.of("a"), "a", Double.NaN));
        assertThrows(IllegalArgumentException.class, () -> AnswerScores.of(List.of(), AnswerRules.SQUAD_V2));
    }
}
