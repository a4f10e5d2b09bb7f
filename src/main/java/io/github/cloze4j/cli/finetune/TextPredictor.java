package io.github.cloze4j.cli.finetune;

import io.github.cloze4j.corpus.records.SourceLine;
import io.github.cloze4j.finetune.readers.InputText;
import io.github.cloze4j.finetune.readers.TextReader;
import io.github.cloze4j.inference.LabelScore;
import io.github.cloze4j.inference.TextClassifier;
import io.github.cloze4j.inference.TextPair;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.model.head.TaskHead;
import io.github.cloze4j.model.head.TaskKind;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Classes, sets of classes or numbers for texts and pairs of texts. */
final class TextPredictor implements Predictor<InputText> {
    /** A text has the classes that are more probable than not, as in the metrics. */
    private static final double THRESHOLD = 0.5;

    private final TaskKind kind;
    private final RecordSettings settings;
    private final int best;
    private final TextClassifier classifier;

    TextPredictor(Bert model, TaskHead head, RecordSettings settings, int best) {
        kind = head.kind();
        this.settings = settings;
        this.best = best;
        classifier = new TextClassifier(model, settings.tokenizer(), head, settings.limit());
    }

    @Override
    public List<InputText> read(Path file) {
        return new TextReader(settings.text(), settings.pair(), settings.reading()).texts(file);
    }

    @Override
    public List<InputText> ofTexts(List<String> texts) {
        if (settings.pair() != null) {
            throw new IllegalArgumentException(
                    "Expected --text-pair-column with --input, a file of pairs. Received: TEXT."
                            + " Leave --text-pair-column out, or name a file");
        }
        return IntStream.range(0, texts.size())
                .mapToObj(i -> new InputText(texts.get(i), null, new SourceLine("TEXT", i + 1)))
                .toList();
    }

    @Override
    public List<String> columns() {
        List<String> columns = new ArrayList<>(
                switch (kind) {
                    case REGRESSION -> List.of("value");
                    case MULTI_LABEL -> List.of("labels", "probabilities");
                    default -> List.of("label", "probability");
                });
        columns.add("text");
        if (settings.pair() != null) {
            columns.add("text_pair");
        }
        return columns;
    }

    @Override
    public List<Answered> answer(List<InputText> records) {
        List<TextClassifier.Answer> answers = classifier.classify(records.stream()
                .map(record -> new TextPair(record.text(), record.pair()))
                .toList());
        return IntStream.range(0, records.size())
                .mapToObj(i -> new Answered(
                        fields(records.get(i), answers.get(i)), List.of(row(records.get(i), answers.get(i)))))
                .toList();
    }

    private Map<String, Object> fields(InputText text, TextClassifier.Answer answer) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("text", text.text());
        if (text.pair() != null) {
            fields.put("text_pair", text.pair());
        }
        if (kind == TaskKind.REGRESSION) {
            fields.put("value", answer.answers().get(0).score());
        } else {
            fields.put(
                    "labels",
                    answer.answers().stream().limit(best).map(Predictor::fields).toList());
        }
        fields.put("windows", answer.windows());
        fields.put("cut", answer.cut());
        return fields;
    }

    private List<Object> row(InputText text, TextClassifier.Answer answer) {
        List<Object> row = new ArrayList<>();
        List<LabelScore> scores = answer.answers();
        if (kind == TaskKind.MULTI_LABEL) {
            List<LabelScore> chosen =
                    scores.stream().filter(score -> score.score() > THRESHOLD).toList();
            row.add(chosen.stream().map(LabelScore::label).collect(Collectors.joining(LabelOptions.SEPARATOR)));
            row.add(chosen.stream()
                    .map(score -> Double.toString(score.score()))
                    .collect(Collectors.joining(LabelOptions.SEPARATOR)));
        } else {
            if (kind == TaskKind.CLASSIFICATION) {
                row.add(scores.get(0).label());
            }
            row.add(scores.get(0).score());
        }
        row.add(text.text());
        if (text.pair() != null) {
            row.add(text.pair());
        }
        return row;
    }

    @Override
    public void close() {
        classifier.close();
    }
}
