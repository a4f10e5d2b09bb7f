package io.github.cloze4j.cli.finetune;

import io.github.cloze4j.corpus.records.SourceLine;
import io.github.cloze4j.finetune.readers.Span;
import io.github.cloze4j.finetune.readers.UntaggedText;
import io.github.cloze4j.finetune.readers.UntaggedTextReader;
import io.github.cloze4j.inference.EntityTagger;
import io.github.cloze4j.inference.TaggedSpan;
import io.github.cloze4j.inference.TaggedText;
import io.github.cloze4j.inference.TaggedWord;
import io.github.cloze4j.inference.TextSpan;
import io.github.cloze4j.inference.TextWords;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.model.head.TaskHead;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Tagged words and the spans that they make. A table has a row for each span, or for each word if the tags mark no spans. Positions
 * count code points, as in files.
 */
final class TaggingPredictor implements Predictor<UntaggedText> {
    private final RecordSettings settings;
    private final EntityTagger tagger;

    TaggingPredictor(Bert model, TaskHead head, RecordSettings settings) {
        this.settings = settings;
        tagger = new EntityTagger(
                model, settings.tokenizer(), head, settings.limit().withoutCutting());
    }

    @Override
    public List<UntaggedText> read(Path file) {
        return new UntaggedTextReader(settings.text(), settings.reading()).read(file);
    }

    @Override
    public List<UntaggedText> ofTexts(List<String> texts) {
        return IntStream.range(0, texts.size())
                .mapToObj(i -> new UntaggedText(texts.get(i), null, new SourceLine("TEXT", i + 1)))
                .toList();
    }

    @Override
    public List<String> columns() {
        return List.of("label", "probability", "text", "start", "end", "line");
    }

    @Override
    public List<Answered> answer(List<UntaggedText> records) {
        List<TaggedText> answers = tag(records);
        return IntStream.range(0, records.size())
                .mapToObj(i -> answered(records.get(i), answers.get(i)))
                .toList();
    }

    /** Texts with words and texts without are tagged by two calls: most files have one kind only. */
    private List<TaggedText> tag(List<UntaggedText> records) {
        List<TextWords> withWords = new ArrayList<>();
        List<String> texts = new ArrayList<>();
        for (UntaggedText record : records) {
            if (record.words() == null) {
                texts.add(record.text());
            } else {
                withWords.add(words(record.text(), record.words()));
            }
        }
        var ofWords = tagger.tagWords(withWords).iterator();
        var ofTexts = tagger.tag(texts).iterator();
        return records.stream()
                .map(record -> record.words() == null ? ofTexts.next() : ofWords.next())
                .toList();
    }

    private static TextWords words(String text, List<Span> places) {
        return new TextWords(
                text,
                places.stream()
                        .map(place -> new TextSpan(place.start(), place.end()))
                        .toList());
    }

    private Answered answered(UntaggedText record, TaggedText answer) {
        CodePoints places = new CodePoints(record.text());
        List<Map<String, Object>> words = new ArrayList<>();
        List<Map<String, Object>> spans = new ArrayList<>();
        List<List<Object>> rows = new ArrayList<>();
        for (TaggedWord word : answer.words()) {
            String tag = word.tag() == null ? "" : word.tag();
            words.add(places.fields("tag", tag, word.text(), word.start(), word.end(), word.probability()));
        }
        for (TaggedSpan span : answer.spans()) {
            spans.add(places.fields("type", span.type(), span.text(), span.start(), span.end(), span.probability()));
        }
        for (Map<String, Object> row : tagger.marksSpans() ? spans : words) {
            List<Object> values = new ArrayList<>(row.values());
            values.add(record.source().line());
            rows.add(values);
        }
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("text", record.text());
        fields.put("spans", spans);
        fields.put("words", words);
        fields.put("windows", answer.windows());
        return new Answered(fields, rows);
    }

    /** Positions of a text in code points. */
    private static final class CodePoints {
        /** {@code [chars + 1]} the code points before each char. */
        private final int[] before;

        CodePoints(String text) {
            before = new int[text.length() + 1];
            for (int i = 0; i < text.length(); i++) {
                boolean second = i > 0 && Character.isSurrogatePair(text.charAt(i - 1), text.charAt(i));
                before[i + 1] = before[i] + (second ? 0 : 1);
            }
        }

        Map<String, Object> fields(
                String nameOfLabel, String label, String text, int start, int end, double probability) {
            Map<String, Object> fields = new LinkedHashMap<>();
            fields.put(nameOfLabel, label);
            fields.put("probability", probability);
            fields.put("text", text);
            fields.put("start", before[start]);
            fields.put("end", before[end]);
            return fields;
        }
    }

    @Override
    public void close() {
        tagger.close();
    }
}
