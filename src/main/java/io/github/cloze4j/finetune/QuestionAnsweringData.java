package io.github.cloze4j.finetune;

import io.github.cloze4j.finetune.metrics.AnswerRules;
import io.github.cloze4j.finetune.metrics.AnswerScores;
import io.github.cloze4j.finetune.metrics.AnsweredQuestion;
import io.github.cloze4j.finetune.readers.Question;
import io.github.cloze4j.inference.AnswerOptions;
import io.github.cloze4j.inference.QuestionAnswerer;
import io.github.cloze4j.inference.QuestionEncoder;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.model.head.TaskHead;
import io.github.cloze4j.model.head.TaskKind;
import io.github.cloze4j.tokenizer.BertTokenizer;
import io.github.cloze4j.train.MetricGoal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * Questions that a part of a text answers, as in SQuAD 1.1, SQuAD 2.0 and CMRC 2018. An example is a window of a context with its
 * question; it is learnt with the first gold answer, as in {@code run_qa.py} of {@code transformers}.
 *
 * <p>Metrics: {@code exact} and {@code f1}, the best over the gold answers of a question. With the rules of SQuAD 2.0 both hold
 * for the threshold of the options, and there are {@code has_answer_f1} and {@code no_answer_f1} of both kinds of questions, where
 * there are such questions, and {@code best_exact} and {@code best_f1} at the best threshold, which {@link #scores} tells.
 */
public final class QuestionAnsweringData implements LabelledData {
    /** Questions that are answered between two looks at whether to stop. */
    private static final int QUESTIONS_AT_A_TIME = 128;

    private static final TaskHead HEAD = new TaskHead(TaskKind.QUESTION_ANSWERING, List.of());

    private final BertTokenizer tokenizer;
    private final AnswerOptions options;
    private final AnswerRules rules;
    private final EncodedQuestions training;
    private final EncodedQuestions validation;
    private final List<Question> heldOut;

    /**
     * Encodes the questions.
     *
     * @param options windows, and how answers are found in held-out data
     * @param rules how answers are compared; {@link AnswerRules#SQUAD_V2} if and only if questions may be unanswerable
     * @param validation held-out questions; may be empty
     * @throws io.github.cloze4j.CorpusException if a question has no answer where the rules demand one, or is not known to have none,
     *     naming its line
     */
    public QuestionAnsweringData(
            BertTokenizer tokenizer,
            AnswerOptions options,
            AnswerRules rules,
            List<Question> training,
            List<Question> validation) {
        if (options.unanswerable() != (rules == AnswerRules.SQUAD_V2)) {
            throw new IllegalArgumentException("Expected the rules " + AnswerRules.SQUAD_V2
                    + " for questions that may be unanswerable, and others for questions that all have an answer."
                    + " Received: " + rules + ", unanswerable " + options.unanswerable() + ". Change one of both");
        }
        this.tokenizer = tokenizer;
        this.options = options;
        this.rules = rules;
        training.forEach(this::requireAnswer);
        validation.forEach(this::requireAnswer);
        heldOut = List.copyOf(validation);
        QuestionEncoder encoder = new QuestionEncoder(tokenizer, options);
        this.training = EncodedQuestions.of(encoder, training);
        this.validation = EncodedQuestions.of(encoder, validation);
    }

    private void requireAnswer(Question question) {
        if (question.answers().isEmpty() && !(question.unanswerable() && options.unanswerable())) {
            throw question.source()
                    .problem(
                            "an answer to the question '" + question.id() + "'",
                            question.unanswerable() ? "an unanswerable question" : "none",
                            question.unanswerable()
                                    ? "Use the rules for unanswerable questions, those of SQuAD 2.0"
                                    : "Add the answer");
        }
    }

    @Override
    public TaskHead head() {
        return HEAD;
    }

    @Override
    public List<LabelledTokens> training() {
        return training.examples();
    }

    @Override
    public List<LabelledTokens> validation() {
        return validation.examples();
    }

    /** What happened to the training questions. */
    public QuestionCounts trainingCounts() {
        return training.counts();
    }

    /** What happened to the held-out questions. */
    public QuestionCounts validationCounts() {
        return validation.counts();
    }

    /** The held-out questions. */
    public List<Question> heldOut() {
        return heldOut;
    }

    @Override
    public Map<String, MetricGoal> metricGoals() {
        Map<String, MetricGoal> goals = new LinkedHashMap<>();
        if (heldOut.isEmpty()) {
            return goals;
        }
        goals.put("exact", MetricGoal.HIGHER);
        goals.put("f1", MetricGoal.HIGHER);
        if (options.unanswerable()) {
            if (heldOut.stream().anyMatch(question -> !question.unanswerable())) {
                goals.put("has_answer_f1", MetricGoal.HIGHER);
            }
            if (heldOut.stream().anyMatch(Question::unanswerable)) {
                goals.put("no_answer_f1", MetricGoal.HIGHER);
            }
            goals.put("best_exact", MetricGoal.HIGHER);
            goals.put("best_f1", MetricGoal.HIGHER);
        }
        return goals;
    }

    @Override
    public Optional<Map<String, Double>> metrics(Bert model, BooleanSupplier stop) {
        if (heldOut.isEmpty()) {
            return Optional.of(Map.of());
        }
        return answers(model, stop).map(answers -> metrics(scores(answers)));
    }

    private Map<String, Double> metrics(AnswerScores scores) {
        double threshold = options.unanswerable() ? options.threshold() : AnswerScores.EVERY_ANSWER;
        Map<String, Double> metrics = new LinkedHashMap<>();
        for (String name : metricGoals().keySet()) {
            metrics.put(name, switch (name) {
                case "exact" -> scores.all(threshold).exact();
                case "f1" -> scores.all(threshold).f1();
                case "has_answer_f1" -> scores.withAnswer(threshold).f1();
                case "no_answer_f1" -> scores.withoutAnswer(threshold).f1();
                case "best_exact" -> scores.bestExact().score();
                default -> scores.bestF1().score();
            });
        }
        return metrics;
    }

    /**
     * Answers all held-out questions.
     *
     * @param stop whether to give up
     * @return the answers in the order of the questions; empty if it was given up
     */
    public Optional<List<QuestionAnswerer.Answer>> answers(Bert model, BooleanSupplier stop) {
        List<QuestionAnswerer.Query> queries = heldOut.stream()
                .map(question -> new QuestionAnswerer.Query(question.question(), question.context()))
                .toList();
        List<QuestionAnswerer.Answer> answers = new ArrayList<>();
        try (QuestionAnswerer answerer = new QuestionAnswerer(model, tokenizer, options)) {
            for (int first = 0; first < queries.size(); first += QUESTIONS_AT_A_TIME) {
                if (stop.getAsBoolean()) {
                    return Optional.empty();
                }
                int end = Math.min(first + QUESTIONS_AT_A_TIME, queries.size());
                answers.addAll(answerer.answer(queries.subList(first, end)));
            }
        }
        return Optional.of(answers);
    }

    /**
     * Compares answers to all held-out questions with their gold answers.
     *
     * @param answers of {@link #answers}
     */
    public AnswerScores scores(List<QuestionAnswerer.Answer> answers) {
        List<AnsweredQuestion> questions = new ArrayList<>();
        for (int i = 0; i < answers.size(); i++) {
            Question question = heldOut.get(i);
            QuestionAnswerer.Answer answer = answers.get(i);
            questions.add(new AnsweredQuestion(
                    question.answers().stream()
                            .map(span -> span.of(question.context()))
                            .toList(),
                    answer.spans().isEmpty() ? "" : answer.spans().get(0).text(),
                    options.unanswerable() ? answer.noAnswerScore() : 0));
        }
        return AnswerScores.of(questions, rules);
    }
}
