package io.github.cloze4j.cli.finetune;

import io.github.cloze4j.finetune.LabelledData;
import io.github.cloze4j.finetune.TaggingData;
import io.github.cloze4j.finetune.readers.DataFormat;
import io.github.cloze4j.finetune.readers.LabelHistogram;
import io.github.cloze4j.finetune.readers.Labels;
import io.github.cloze4j.finetune.readers.TaggedData;
import io.github.cloze4j.finetune.readers.TaggedWords;
import io.github.cloze4j.finetune.readers.TaggedWordsReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Sentences of words with tags. */
final class TaggingSource implements TaskSource<TaggedWords> {
    private final RecordSettings settings;
    private final List<String> conversions = new ArrayList<>();

    TaggingSource(RecordSettings settings) {
        this.settings = settings;
    }

    @Override
    public List<TaggedWords> read(Path file) {
        TaggedData data = tagged(file);
        if (data.changedTags() > 0) {
            conversions.add(
                    file + ": " + data.changedTags() + " tags are changed from " + data.notation() + " to IOB2");
        }
        return data.sentences();
    }

    private TaggedData tagged(Path file) {
        TaggedWordsReader reader = new TaggedWordsReader(settings.reading());
        String column = settings.label();
        if (settings.reading().formatOf(file) == DataFormat.JSON_LINES) {
            return reader.read(file, settings.text(), column);
        }
        if (column.equals(LabelOptions.COLUMN)) {
            return reader.read(file);
        }
        if (!column.matches("[0-9]{1,2}")) {
            throw new IllegalArgumentException("Expected the number of the tag's column as --label-column, from 2 to 4."
                    + " Received: " + column + ". CoNLL has no header; leave the option out for the last column");
        }
        return reader.read(file, Integer.parseInt(column));
    }

    @Override
    public Stream<String> labels(TaggedWords sentence) {
        return sentence.tags().stream();
    }

    @Override
    public TaggingData encode(List<TaggedWords> training, List<TaggedWords> heldOut) {
        Labels named = settings.labels();
        Labels labels = named == null
                ? Labels.of(training.stream().flatMap(this::labels).distinct().toList())
                : named;
        return new TaggingData(labels, settings.tokenizer(), settings.limit().withoutCutting(), training, heldOut);
    }

    @Override
    public List<String> describe(Path file, List<TaggedWords> training, List<TaggedWords> heldOut, LabelledData data) {
        List<String> lines = new ArrayList<>();
        lines.add("training: " + counts(training) + "; held out: " + counts(heldOut));
        Labels labels = Labels.inOrder(data.head().labels());
        LabelHistogram histogram = LabelHistogram.of(
                labels,
                training.stream()
                        .flatMap(sentence -> sentence.tags().stream().map(tag -> labels.id(tag, sentence.source())))
                        .toList());
        histogram.requireEveryLabel(file);
        lines.add("tags: " + histogram);
        lines.addAll(conversions);
        return lines;
    }

    private static String counts(List<TaggedWords> sentences) {
        long words = sentences.stream()
                .mapToLong(sentence -> sentence.words().size())
                .sum();
        return sentences.size() + " sentences, " + words + " words";
    }
}
