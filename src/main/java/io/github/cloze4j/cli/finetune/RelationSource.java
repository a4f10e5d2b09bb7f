package io.github.cloze4j.cli.finetune;

import io.github.cloze4j.finetune.LabelledData;
import io.github.cloze4j.finetune.RelationData;
import io.github.cloze4j.finetune.readers.LabelHistogram;
import io.github.cloze4j.finetune.readers.Labelled;
import io.github.cloze4j.finetune.readers.Labels;
import io.github.cloze4j.finetune.readers.SpanPair;
import io.github.cloze4j.finetune.readers.SpanPairReader;
import io.github.cloze4j.model.head.TaskKind;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Texts with two marked spans and their relation. */
final class RelationSource implements TaskSource<Labelled<SpanPair, String>> {
    private final TaskKind kind;
    private final RecordSettings settings;

    /** @param kind with markers or {@code [CLS]} as what the head reads */
    RelationSource(TaskKind kind, RecordSettings settings) {
        this.kind = kind;
        this.settings = settings;
    }

    static SpanPairReader reader(RecordSettings settings) {
        return new SpanPairReader(settings.text(), settings.spans(), settings.reading());
    }

    @Override
    public List<Labelled<SpanPair, String>> read(Path file) {
        return reader(settings).relations(file, settings.label());
    }

    @Override
    public Stream<String> labels(Labelled<SpanPair, String> pair) {
        return Stream.of(pair.label());
    }

    @Override
    public RelationData encode(List<Labelled<SpanPair, String>> training, List<Labelled<SpanPair, String>> heldOut) {
        Labels named = settings.labels();
        Labels labels =
                named == null ? Labels.of(training.stream().map(Labelled::label).toList()) : named;
        return new RelationData(kind, labels, settings.tokenizer(), settings.limit(), training, heldOut);
    }

    @Override
    public List<String> describe(
            Path file,
            List<Labelled<SpanPair, String>> training,
            List<Labelled<SpanPair, String>> heldOut,
            LabelledData data) {
        List<String> lines = new ArrayList<>();
        lines.add("training: " + training.size() + " pairs of spans; held out: " + heldOut.size());
        Labels labels = Labels.inOrder(data.head().labels());
        LabelHistogram histogram = LabelHistogram.of(
                labels,
                training.stream()
                        .map(pair -> labels.id(pair.label(), pair.input().source()))
                        .toList());
        histogram.requireEveryLabel(file);
        lines.add("labels: " + histogram);
        return lines;
    }

    /** Nothing is read in windows: there is no stride. */
    @Override
    public String lengthOptions() {
        return "--seq-len";
    }
}
