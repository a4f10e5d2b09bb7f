package io.github.cloze4j.inference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.inference.AnswersFixture.AskedQuestion;
import io.github.cloze4j.inference.AnswersFixture.Result;
import io.github.cloze4j.inference.AnswersFixture.ScoredWindow;
import io.github.cloze4j.inference.QuestionAnswerer.Answer;
import io.github.cloze4j.inference.QuestionAnswerer.Query;
import io.github.cloze4j.kernel.KernelProviders;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.tokenizer.BertTokenizer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;

/** Windows, candidates and answers against transformers: make_answers_fixture.py. */
class QuestionAnswererTest {
    private static final BertTokenizer TOKENIZER = AnswersFixture.tokenizer();
    private static final AnswerOptions SHORT = AnswerOptions.answerable().withLimit(TokenLimit.windows(32, 8));

    @Test
    void windowsAreThoseOfTransformers() {
        for (AskedQuestion asked : AnswersFixture.questions()) {
            AnswerOptions options = AnswerOptions.answerable().withLimit(asked.limit());
            QuestionEncoder.Windows windows =
                    new QuestionEncoder(TOKENIZER, options).encode(asked.question(), asked.context());
            assertFalse(windows.questionCut(), asked.question());
            assertEquals(asked.windows().size(), windows.windows().size(), asked.question());
            for (int i = 0; i < windows.windows().size(); i++) {
                assertWindow(asked.windows().get(i), windows.windows().get(i));
            }
        }
    }

    private static void assertWindow(ScoredWindow expected, QuestionEncoder.Window window) {
        assertArrayEquals(expected.ids(), window.tokens().ids());
        assertArrayEquals(expected.types(), window.tokens().typeIds());
        for (int token = 0; token < expected.ids().length; token++) {
            boolean inContext = token >= window.contextBegin() && token < window.contextEnd();
            assertEquals(expected.places()[token][0] >= 0, inContext);
            if (inContext) {
                assertEquals(expected.places()[token][0], window.tokens().starts()[token]);
                assertEquals(expected.places()[token][1], window.tokens().ends()[token]);
            }
            assertEquals(expected.maximal()[token] == 1, window.hasMaximalContext(token), "token " + token);
        }
    }

    @Test
    void answersFollowFromScoresAsInTransformers() {
        int withheld = 0;
        for (AskedQuestion asked : AnswersFixture.questions()) {
            for (Result result : asked.results()) {
                AnswerOptions options = result.options(asked.limit());
                QuestionEncoder.Windows windows =
                        new QuestionEncoder(TOKENIZER, options).encode(asked.question(), asked.context());
                AnswerSearch search = new AnswerSearch(options);
                for (int i = 0; i < windows.windows().size(); i++) {
                    search.add(windows.windows().get(i), asked.windows().get(i).scores());
                }
                Answer answer = search.answer(asked.context(), windows);
                assertAnswer(result, answer, asked.question(), 1e-8);
                assertPlaces(result, answer, asked);
                withheld += answer.withheld() ? 1 : 0;
            }
        }
        assertTrue(withheld > 5, "withheld " + withheld);
    }

    private static void assertAnswer(Result result, Answer answer, String question, double tolerance) {
        assertEquals(
                result.answer(), answer.best().map(QuestionAnswerer.Span::text).orElse(""), question);
        assertEquals(result.noAnswerScore(), answer.noAnswerScore(), tolerance, question);
        assertEquals(result.noAnswerProbability(), answer.noAnswerProbability(), tolerance, question);
        assertEquals(result.best().size(), answer.spans().size(), question);
        for (int i = 0; i < result.best().size(); i++) {
            assertEquals(result.best().get(i)[2], answer.spans().get(i).probability(), tolerance, question);
        }
    }

    private static void assertPlaces(Result result, Answer answer, AskedQuestion asked) {
        for (int i = 0; i < result.best().size(); i++) {
            QuestionAnswerer.Span span = answer.spans().get(i);
            assertEquals(result.best().get(i)[0], span.start(), asked.question());
            assertEquals(result.best().get(i)[1], span.end(), asked.question());
            assertEquals(asked.context().substring(span.start(), span.end()), span.text());
        }
    }

    @Test
    void theModelAnswersAsInTransformers() {
        try (Kernels kernels = KernelProviders.create("nd4j", DataType.DOUBLE);
                Bert model = AnswersFixture.model(AnswersFixture.QUESTIONS, kernels)) {
            for (AskedQuestion asked : AnswersFixture.questions()) {
                for (Result result : asked.results()) {
                    try (QuestionAnswerer answerer =
                            new QuestionAnswerer(model, TOKENIZER, result.options(asked.limit()))) {
                        Answer answer = answerer.answer(List.of(new Query(asked.question(), asked.context())))
                                .get(0);
                        assertAnswer(result, answer, asked.question(), 1e-4);
                        assertEquals(asked.windows().size(), answer.windows());
                    }
                }
            }
        }
    }

    @Test
    void aQuestionHasTheSameAnswerInAnyCompany() {
        List<Query> queries = AnswersFixture.questions().stream()
                .map(asked -> new Query(asked.question(), asked.context()))
                .toList();
        long seed = System.nanoTime();
        List<Query> shuffled = new ArrayList<>(queries);
        Collections.shuffle(shuffled, new Random(seed));
        try (Kernels kernels = KernelProviders.create("nd4j", DataType.DOUBLE);
                Bert model = AnswersFixture.model(AnswersFixture.QUESTIONS, kernels);
                QuestionAnswerer answerer = new QuestionAnswerer(model, TOKENIZER, SHORT)) {
            List<Answer> answers = answerer.answer(queries);
            List<Answer> otherwise = answerer.answer(shuffled);
            for (int i = 0; i < queries.size(); i++) {
                Answer other = otherwise.get(shuffled.indexOf(queries.get(i)));
                QuestionAnswerer.Span best = answers.get(i).best().orElseThrow();
                QuestionAnswerer.Span otherBest = other.best().orElseThrow();
                assertEquals(best.start(), otherBest.start(), "seed " + seed);
                assertEquals(best.end(), otherBest.end(), "seed " + seed);
                assertEquals(best.probability(), otherBest.probability(), 1e-12, "seed " + seed);
            }
            assertEquals(List.of(), answerer.answer(List.of()));
        }
    }

    /** No token of a context is lost, and a question takes no more than its share. */
    @Test
    void everyTokenOfAContextIsReadAndLongQuestionsAreCut() {
        String context = "The cat sat. ".repeat(60);
        String question = "Who was in the house near the sea? ".repeat(20);
        QuestionEncoder.Windows windows = new QuestionEncoder(TOKENIZER, SHORT).encode(question, context);
        assertTrue(windows.questionCut());
        int next = 0;
        for (QuestionEncoder.Window window : windows.windows()) {
            assertTrue(window.tokens().ids().length <= 32);
            for (int token = window.maximalBegin(); token < window.maximalEnd(); token++) {
                String between = context.substring(next, window.tokens().starts()[token]);
                assertTrue(between.isBlank(), between);
                next = window.tokens().ends()[token];
            }
        }
        assertEquals(context.stripTrailing().length(), next);
        QuestionEncoder.Windows whole = new QuestionEncoder(TOKENIZER, SHORT).encode("Who?", "A cat.");
        assertEquals(1, whole.windows().size());
        assertFalse(whole.questionCut());
    }

    @Test
    void aContextWithoutTokensHasNoAnswer() {
        try (Kernels kernels = KernelProviders.create("nd4j", DataType.DOUBLE);
                Bert model = AnswersFixture.model(AnswersFixture.QUESTIONS, kernels);
                QuestionAnswerer answerer = new QuestionAnswerer(model, TOKENIZER, SHORT)) {
            Answer answer = answerer.answer(List.of(new Query("Who?", " "))).get(0);
            assertTrue(answer.best().isEmpty());
            assertEquals(1.0, answer.noAnswerProbability());
        }
    }

    @Test
    void otherHeadsAndWindowsOutOfRangeAreRefused() {
        assertMessage("Expected windows with an overlap", () -> SHORT.withLimit(TokenLimit.cut(32)));
        assertMessage("Expected windows of at least 5 tokens more", () -> SHORT.withLimit(TokenLimit.windows(32, 28)));
        assertMessage(
                "Expected longestAnswer and candidates of at least 1",
                () -> new AnswerOptions(SHORT.limit(), 0, 20, false, 0));
        try (Kernels kernels = KernelProviders.create("nd4j", DataType.DOUBLE);
                Bert choices = AnswersFixture.model(AnswersFixture.CHOICES, kernels);
                Bert questions = AnswersFixture.model(AnswersFixture.QUESTIONS, kernels)) {
            assertMessage(
                    "Expected a model with a head for the loss span",
                    () -> new QuestionAnswerer(choices, TOKENIZER, SHORT));
            assertThrows(
                    IllegalArgumentException.class,
                    () -> new QuestionAnswerer(questions, TOKENIZER, AnswerOptions.answerable()),
                    "64 positions");
        }
    }

    private static void assertMessage(String begin, org.junit.jupiter.api.function.Executable call) {
        String message = assertThrows(IllegalArgumentException.class, call).getMessage();
        assertTrue(message.startsWith(begin), message);
    }
}
