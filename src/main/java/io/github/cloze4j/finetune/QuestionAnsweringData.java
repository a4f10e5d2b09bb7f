package io.github.cloze4j.finetune;

import io.github.cloze4j.finetune.metrics.AnswerRules;
import io.github.cloze4j.finetune.metrics.AnswerScores;
import io.github.cloze4j.finetune.metrics.AnsweredQuestion;
import io.github.cloze4j.finetune.metrics.MajorityBaseline;
import io.github.cloze4j.finetune.readers.Question;
import io.github.cloze4j.inference.AnswerOptions;
import io.github.cloze4j.inference.QuestionAnswerer;
import io.github.cloze4j.inference.QuestionEncoder;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.model.head.TaskHead;
import io.github.cloze4j.model.head.TaskKind;
import io.github.cloze4j.tokenizer.BertTokenizer;
import io.github.cloze4j.train.MetricGoal;
import io.github.cloze4j.train.ResultTable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * Questions that a part of a text answers, as in SQuAD 1.1, SQuAD 2.0 and CMRC 2018. An example is a window of a context with its
 * question; it is learnt with the first gold answer, as in {@code run_qa.py} of {@code transformers}.
 *
 * <p>Metrics: {@code exact} and {@code f1}, the best over the gold answers of a question. With the rules of SQuAD 2.0 both are
 * computed with the threshold of the options. The rules of SQuAD 2.0 add {@code has_answer_f1} and {@code no_answer_f1}, if there are
 * such questions, and {@code best_exact} and {@code best_f1} with the best thresholds, which {@link QuestionAnswers} has.
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
    private final List<Question> learnt;
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
        learnt = List.copyOf(training);
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

    @Override
    public String trainingRemarks() {
        return trainingCounts().toString();
    }

    @Override
    public String heldOutRemarks() {
        return validationCounts().toString();
    }

    /** The held-out questions. */
    public List<Question> heldOut() {
        return heldOut;
    }

    @Override
    public Map<String, MetricGoal> metricGoals() {
        return Goals.higher(metricNames());
    }

    private List<String> metricNames() {
        List<String> names = new ArrayList<>();
        if (heldOut.isEmpty()) {
            return names;
        }
        names.add(QuestionAnswers.EXACT);
        names.add(QuestionAnswers.F1);
        if (options.unanswerable()) {
            if (heldOut.stream().anyMatch(question -> !question.unanswerable())) {
                names.add(QuestionAnswers.HAS_ANSWER_F1);
            }
            if (heldOut.stream().anyMatch(Question::unanswerable)) {
                names.add(QuestionAnswers.NO_ANSWER_F1);
            }
            names.add(QuestionAnswers.BEST_EXACT);
            names.add(QuestionAnswers.BEST_F1);
        }
        return names;
    }

    @Override
    public Optional<HeldOutAnswers> answers(Bert model, BooleanSupplier stop) {
        return given(model, stop).map(given -> {
            List<AnsweredQuestion> questions = new ArrayList<>();
            List<Double> probabilities = new ArrayList<>();
            for (int i = 0; i < given.size(); i++) {
                QuestionAnswerer.Answer answer = given.get(i);
                questions.add(new AnsweredQuestion(
                        gold(heldOut.get(i)),
                        answer.spans().isEmpty() ? "" : answer.spans().get(0).text(),
                        options.unanswerable() ? answer.noAnswerScore() : 0));
                probabilities.add(
                        answer.best().map(QuestionAnswerer.Span::probability).orElse(answer.noAnswerProbability()));
            }
            double threshold = options.unanswerable() ? options.threshold() : AnswerScores.EVERY_ANSWER;
            return new QuestionAnswers(AnswerScores.of(questions, rules), threshold, probabilities, metricNames());
        });
    }

    /** The answers to the held-out questions, in their order; empty if it was given up. */
    private Optional<List<QuestionAnswerer.Answer>> given(Bert model, BooleanSupplier stop) {
        List<QuestionAnswerer.Query> queries = heldOut.stream()
                .map(question -> new QuestionAnswerer.Query(question.question(), question.context()))
                .toList();
        try (QuestionAnswerer answerer = new QuestionAnswerer(model, tokenizer, options)) {
            return HeldOutRecords.ask(queries, QUESTIONS_AT_A_TIME, stop, answerer::answer);
        }
    }

    private static List<String> gold(Question question) {
        return question.answers().stream()
                .map(span -> span.of(question.context()))
                .toList();
    }

    /**
     * {@inheritDoc} The most frequent answer is a text, or no answer. A question of the training data counts with its first gold
     * answer.
     */
    @Override
    public HeldOutAnswers baseline() {
        String always = MajorityBaseline.text(learnt.stream()
                .map(question -> gold(question).stream().findFirst().orElse(""))
                .toList());
        List<AnsweredQuestion> questions = heldOut.stream()
                .map(question -> new AnsweredQuestion(gold(question), always, 0))
                .toList();
        return new QuestionAnswers(
                AnswerScores.of(questions, rules),
                AnswerScores.EVERY_ANSWER,
                Collections.nCopies(questions.size(), 1.0),
                metricNames());
    }

    @Override
    public List<ResultTable> tables(HeldOutAnswers answers) {
        return QuestionTables.of(heldOut, (QuestionAnswers) answers);
    }
}
