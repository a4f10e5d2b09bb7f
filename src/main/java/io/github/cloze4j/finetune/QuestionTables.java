package io.github.cloze4j.finetune;

import io.github.cloze4j.finetune.metrics.AnswerScores;
import io.github.cloze4j.finetune.metrics.AnsweredQuestion;
import io.github.cloze4j.finetune.readers.Question;
import io.github.cloze4j.train.ResultTable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/** The tables of answers to questions: scores of kinds of questions, the best thresholds, and the worst errors. */
final class QuestionTables {
    private static final int MOST_ERRORS = 20;
    private static final String NO_ANSWER = "(no answer)";

    private final List<Question> questions;
    private final QuestionAnswers answers;

    private QuestionTables(List<Question> questions, QuestionAnswers answers) {
        this.questions = questions;
        this.answers = answers;
    }

    static List<ResultTable> of(List<Question> questions, QuestionAnswers answers) {
        QuestionTables tables = new QuestionTables(questions, answers);
        List<ResultTable> all = new ArrayList<>();
        if (answers.mayHaveNoAnswer()) {
            all.add(tables.kinds());
            all.add(tables.thresholds());
        }
        all.add(tables.errors());
        return all;
    }

    private ResultTable kinds() {
        AnswerScores.Mean with = answers.scores().withAnswer(answers.threshold());
        AnswerScores.Mean without = answers.scores().withoutAnswer(answers.threshold());
        return new ResultTable(
                "Kinds of questions",
                List.of("question", "exact", "F1", "questions"),
                List.of(kind("with an answer", with), kind("without an answer", without)));
    }

    private static List<String> kind(String name, AnswerScores.Mean mean) {
        return List.of(name, number(mean.exact()), number(mean.f1()), Integer.toString(mean.questions()));
    }

    private ResultTable thresholds() {
        AnswerScores.Mean now = answers.scores().all(answers.threshold());
        AnswerScores.Best exact = answers.scores().bestExact();
        AnswerScores.Best f1 = answers.scores().bestF1();
        return new ResultTable(
                "Thresholds of no answer",
                List.of("threshold", "its value", "exact", "F1"),
                List.of(
                        List.of("of this run", number(answers.threshold()), number(now.exact()), number(now.f1())),
                        threshold("best for exact", exact),
                        threshold("best for F1", f1)));
    }

    private List<String> threshold(String name, AnswerScores.Best best) {
        AnswerScores.Mean mean = answers.scores().all(best.threshold());
        return List.of(name, number(best.threshold()), number(mean.exact()), number(mean.f1()));
    }

    private ResultTable errors() {
        return new ResultTable(
                "Worst errors: wrong answers of which the model is surest",
                List.of("right", "answered", "probability", "question"),
                IntStream.range(0, questions.size())
                        .filter(this::isWrong)
                        .boxed()
                        .sorted(Comparator.comparingDouble(
                                i -> -answers.probabilities().get(i)))
                        .limit(MOST_ERRORS)
                        .map(this::error)
                        .toList());
    }

    private boolean isWrong(int i) {
        return answers.scores().pick(new int[] {i}).all(answers.threshold()).exact() == 0;
    }

    private List<String> error(int i) {
        AnsweredQuestion answered = answers.scores().question(i);
        boolean withheld = answered.noAnswerScore() > answers.threshold();
        String given = withheld || answered.prediction().isEmpty() ? NO_ANSWER : answered.prediction();
        return List.of(
                answered.gold().isEmpty() ? NO_ANSWER : answered.gold().get(0),
                given,
                number(answers.probabilities().get(i)),
                questions.get(i).question());
    }

    private static String number(double number) {
        return String.format(Locale.ROOT, "%.3f", number);
    }
}
