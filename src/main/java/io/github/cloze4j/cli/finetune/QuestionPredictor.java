package io.github.cloze4j.cli.finetune;

import io.github.cloze4j.finetune.readers.DataFormat;
import io.github.cloze4j.finetune.readers.Question;
import io.github.cloze4j.finetune.readers.SquadReader;
import io.github.cloze4j.finetune.readers.TextReader;
import io.github.cloze4j.inference.QuestionAnswerer;
import io.github.cloze4j.model.Bert;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Answers to questions: parts of a text. The questions are SQuAD JSON, whose answers are not read, or two columns of a table. Starts and
 * ends count code points, as in SQuAD JSON.
 */
final class QuestionPredictor implements Predictor<Question> {
    private final RecordSettings settings;
    private final int best;
    private final QuestionAnswerer answerer;

    QuestionPredictor(Bert model, RecordSettings settings, int best) {
        this.settings = settings;
        this.best = best;
        QuestionSettings questions = settings.questions();
        answerer = new QuestionAnswerer(
                model, settings.tokenizer(), questions.options(settings.limit(), questions.allowNoAnswer()));
    }

    @Override
    public List<Question> read(Path file) {
        if (settings.reading().formatOf(file) == DataFormat.SQUAD) {
            return new SquadReader(settings.reading()).questions(file).questions();
        }
        if (settings.pair() == null) {
            throw new IllegalArgumentException("Expected questions with their texts. Received: " + file
                    + " without a column of texts. Name the columns of questions and texts with --text-column and"
                    + " --text-pair-column, or a file with the JSON of SQuAD");
        }
        return new TextReader(settings.text(), settings.pair(), settings.reading())
                .texts(file).stream()
                        .map(text -> new Question(
                                Long.toString(text.source().line()),
                                text.text(),
                                Objects.requireNonNull(text.pair()),
                                List.of(),
                                false,
                                text.source()))
                        .toList();
    }

    @Override
    public List<Question> ofTexts(List<String> texts) {
        throw new IllegalArgumentException("Expected --input with a file of questions and their texts. Received: TEXT."
                + " Name a file with the JSON of SQuAD, or a table with --text-column and --text-pair-column");
    }

    @Override
    public List<String> columns() {
        return List.of("answer", "probability", "start", "end", "id", "question");
    }

    @Override
    public List<Answered> answer(List<Question> records) {
        List<QuestionAnswerer.Answer> answers = answerer.answer(records.stream()
                .map(record -> new QuestionAnswerer.Query(record.question(), record.context()))
                .toList());
        return IntStream.range(0, records.size())
                .mapToObj(i -> new Answered(
                        fields(records.get(i), answers.get(i)), List.of(row(records.get(i), answers.get(i)))))
                .toList();
    }

    private Map<String, Object> fields(Question question, QuestionAnswerer.Answer answer) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("id", question.id());
        fields.put("question", question.question());
        fields.put("answer", answer.best().map(QuestionAnswerer.Span::text).orElse(""));
        fields.put(
                "candidates",
                answer.spans().stream()
                        .limit(best)
                        .map(span -> candidate(question.context(), span))
                        .toList());
        fields.put("no_answer_probability", answer.noAnswerProbability());
        fields.put("no_answer_score", answer.noAnswerScore());
        fields.put("windows", answer.windows());
        fields.put("cut", answer.questionCut());
        return fields;
    }

    private static Map<String, Object> candidate(String context, QuestionAnswerer.Span span) {
        Map<String, Object> candidate = new LinkedHashMap<>();
        candidate.put("answer", span.text());
        candidate.put("probability", span.probability());
        candidate.put("start", codePoints(context, span.start()));
        candidate.put("end", codePoints(context, span.end()));
        return candidate;
    }

    private static int codePoints(String context, int end) {
        return context.codePointCount(0, end);
    }

    private static List<Object> row(Question question, QuestionAnswerer.Answer answer) {
        Optional<QuestionAnswerer.Span> given = answer.best();
        List<Object> row = new ArrayList<>();
        row.add(given.map(QuestionAnswerer.Span::text).orElse(""));
        row.add(given.map(QuestionAnswerer.Span::probability).orElse(answer.noAnswerProbability()));
        row.add(given.<Object>map(span -> codePoints(question.context(), span.start()))
                .orElse(""));
        row.add(given.<Object>map(span -> codePoints(question.context(), span.end()))
                .orElse(""));
        row.add(question.id());
        row.add(question.question());
        return row;
    }

    @Override
    public void close() {
        answerer.close();
    }
}
