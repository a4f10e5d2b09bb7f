package io.github.cloze4j.cli.finetune;

import io.github.cloze4j.finetune.readers.Choices;
import io.github.cloze4j.finetune.readers.ChoicesReader;
import io.github.cloze4j.inference.ChoiceAnswerer;
import io.github.cloze4j.inference.LabelScore;
import io.github.cloze4j.model.Bert;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** The choices of texts with several choices. Choices have their numbers, counted from 0. */
final class ChoicePredictor implements Predictor<Choices> {
    private final ChoicesReader reader;
    private final int best;
    private final ChoiceAnswerer answerer;

    /** @throws IllegalArgumentException if no columns of choices are named */
    ChoicePredictor(Bert model, RecordSettings settings, int best) {
        reader = ChoiceSource.reader(settings);
        this.best = best;
        answerer =
                new ChoiceAnswerer(model, settings.tokenizer(), settings.limit().maxTokens());
    }

    @Override
    public List<Choices> read(Path file) {
        return reader.choices(file);
    }

    @Override
    public List<Choices> ofTexts(List<String> texts) {
        throw new IllegalArgumentException("Expected --input with a file of texts and their choices. Received: TEXT."
                + " Name a file, and the columns of the choices with --choice-columns");
    }

    @Override
    public List<String> columns() {
        return List.of("choice", "number", "probability", "text");
    }

    @Override
    public List<Answered> answer(List<Choices> records) {
        List<ChoiceAnswerer.Answer> answers = answerer.choose(records.stream()
                .map(record -> new ChoiceAnswerer.Query(record.text(), record.choices()))
                .toList());
        return IntStream.range(0, records.size())
                .mapToObj(i -> answered(records.get(i), answers.get(i)))
                .toList();
    }

    private Answered answered(Choices record, ChoiceAnswerer.Answer answer) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("text", record.text());
        fields.put(
                "choices",
                answer.choices().stream()
                        .limit(best)
                        .map(ChoicePredictor::choice)
                        .toList());
        fields.put("cut", answer.cut());
        LabelScore first = answer.choices().get(0);
        return new Answered(fields, List.of(List.of(first.label(), first.id(), first.score(), record.text())));
    }

    private static Map<String, Object> choice(LabelScore score) {
        Map<String, Object> choice = new LinkedHashMap<>();
        choice.put("choice", score.label());
        choice.put("number", score.id());
        choice.put("probability", score.score());
        return choice;
    }

    @Override
    public void close() {
        answerer.close();
    }
}
