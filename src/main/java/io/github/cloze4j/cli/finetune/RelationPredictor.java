package io.github.cloze4j.cli.finetune;

import io.github.cloze4j.CorpusException;
import io.github.cloze4j.corpus.records.SourceLine;
import io.github.cloze4j.finetune.readers.Span;
import io.github.cloze4j.finetune.readers.SpanPair;
import io.github.cloze4j.finetune.readers.SpanPairReader;
import io.github.cloze4j.inference.LabelScore;
import io.github.cloze4j.inference.MarkedText;
import io.github.cloze4j.inference.RelationClassifier;
import io.github.cloze4j.inference.TextRefusedException;
import io.github.cloze4j.inference.TextSpan;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.model.head.TaskHead;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** The relations between two marked spans of texts. */
final class RelationPredictor implements Predictor<SpanPair> {
    private final RecordSettings settings;
    private final int best;
    private final RelationClassifier classifier;

    RelationPredictor(Bert model, TaskHead head, RecordSettings settings, int best) {
        this.settings = settings;
        this.best = best;
        classifier = new RelationClassifier(model, settings.tokenizer(), head, settings.limit());
    }

    @Override
    public List<SpanPair> read(Path file) {
        return RelationSource.reader(settings).pairs(file);
    }

    @Override
    public List<SpanPair> ofTexts(List<String> texts) {
        return IntStream.range(0, texts.size())
                .mapToObj(i -> SpanPairReader.ofTagged(texts.get(i), new SourceLine("TEXT", i + 1)))
                .toList();
    }

    @Override
    public List<String> columns() {
        return List.of("label", "probability", "first", "second", "text");
    }

    @Override
    public List<Answered> answer(List<SpanPair> records) {
        List<RelationClassifier.Answer> answers;
        try {
            answers = classifier.classify(
                    records.stream().map(RelationPredictor::marked).toList());
        } catch (TextRefusedException refused) {
            throw new CorpusException(records.get(refused.index()).source() + ": " + refused.getMessage(), refused);
        }
        return IntStream.range(0, records.size())
                .mapToObj(i -> answered(records.get(i), answers.get(i)))
                .toList();
    }

    private static MarkedText marked(SpanPair pair) {
        return new MarkedText(pair.text(), place(pair.first()), place(pair.second()));
    }

    private static TextSpan place(Span span) {
        return new TextSpan(span.start(), span.end());
    }

    private Answered answered(SpanPair pair, RelationClassifier.Answer answer) {
        String first = pair.first().of(pair.text());
        String second = pair.second().of(pair.text());
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("text", pair.text());
        fields.put("first", first);
        fields.put("second", second);
        fields.put(
                "labels",
                answer.answers().stream().limit(best).map(Predictor::fields).toList());
        fields.put("fits", answer.fits());
        fields.put("cut", answer.cut());
        List<Object> row = answer.fits()
                ? row(answer.answers().get(0), first, second, pair.text())
                : List.of("", "", first, second, pair.text());
        return new Answered(fields, List.of(row));
    }

    private static List<Object> row(LabelScore label, String first, String second, String text) {
        return List.of(label.label(), label.score(), first, second, text);
    }

    @Override
    public void close() {
        classifier.close();
    }
}
