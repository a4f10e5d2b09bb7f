package io.github.cloze4j.cli.finetune;

import io.github.cloze4j.finetune.LabelledData;
import io.github.cloze4j.finetune.QuestionAnsweringData;
import io.github.cloze4j.finetune.metrics.AnswerRules;
import io.github.cloze4j.finetune.readers.Question;
import io.github.cloze4j.finetune.readers.SquadReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Questions that a part of a text answers. */
final class QuestionSource implements TaskSource<Question> {
    private final RecordSettings settings;

    QuestionSource(RecordSettings settings) {
        this.settings = settings;
    }

    @Override
    public List<Question> read(Path file) {
        return new SquadReader(settings.reading()).answered(file).questions();
    }

    @Override
    public QuestionAnsweringData encode(List<Question> training, List<Question> heldOut) {
        QuestionSettings questions = settings.questions();
        boolean unanswerable = questions.allowNoAnswer()
                || Stream.concat(training.stream(), heldOut.stream()).anyMatch(Question::unanswerable);
        // The rules of CMRC demand an answer: the data refuses a question without one, with its line.
        boolean chinese = questions.rules() == AnswerRules.CMRC;
        return new QuestionAnsweringData(
                settings.tokenizer(),
                questions.options(settings.limit(), unanswerable && !chinese),
                unanswerable && !chinese ? AnswerRules.SQUAD_V2 : questions.rules(),
                training,
                heldOut);
    }

    @Override
    public List<String> describe(Path file, List<Question> training, List<Question> heldOut, LabelledData data) {
        List<String> lines = new ArrayList<>();
        lines.add("training: " + counts(training) + "; held out: " + heldOut.size());
        return lines;
    }

    @Override
    public Optional<Object> group(Question question) {
        return Optional.of(question.context());
    }

    private static String counts(List<Question> questions) {
        long contexts = questions.stream().map(Question::context).distinct().count();
        long unanswerable = questions.stream().filter(Question::unanswerable).count();
        return questions.size() + " questions about " + contexts + " texts, "
                + (unanswerable == 0 ? "all with an answer" : unanswerable + " without an answer");
    }
}
