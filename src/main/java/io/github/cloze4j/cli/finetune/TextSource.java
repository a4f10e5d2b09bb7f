package io.github.cloze4j.cli.finetune;

import io.github.cloze4j.CorpusException;
import io.github.cloze4j.finetune.ClassificationData;
import io.github.cloze4j.finetune.LabelledData;
import io.github.cloze4j.finetune.MultiLabelData;
import io.github.cloze4j.finetune.RegressionData;
import io.github.cloze4j.finetune.TextData;
import io.github.cloze4j.finetune.readers.InputText;
import io.github.cloze4j.finetune.readers.LabelHistogram;
import io.github.cloze4j.finetune.readers.Labelled;
import io.github.cloze4j.finetune.readers.Labels;
import io.github.cloze4j.finetune.readers.TextCounts;
import io.github.cloze4j.finetune.readers.TextReader;
import io.github.cloze4j.model.head.TaskKind;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * Texts, or pairs of texts, with labels.
 *
 * @param <L> the label of a text
 */
final class TextSource<L> implements TaskSource<Labelled<InputText, L>> {
    private final Function<Path, List<Labelled<InputText, L>>> reader;
    private final BiFunction<List<Labelled<InputText, L>>, List<Labelled<InputText, L>>, TextData<L>> encoder;
    private final Function<L, Stream<String>> labelsOf;

    private TextSource(
            Function<Path, List<Labelled<InputText, L>>> reader,
            BiFunction<List<Labelled<InputText, L>>, List<Labelled<InputText, L>>, TextData<L>> encoder,
            Function<L, Stream<String>> labelsOf) {
        this.reader = reader;
        this.encoder = encoder;
        this.labelsOf = labelsOf;
    }

    /** Texts of one class each. */
    static TaskSource<?> ofClasses(RecordSettings settings) {
        return new TextSource<String>(
                file -> texts(settings).classes(file, settings.label()),
                (training, heldOut) -> new ClassificationData(
                        labels(settings, training, Stream::of),
                        settings.tokenizer(),
                        settings.limit(),
                        training,
                        heldOut),
                Stream::of);
    }

    /** Texts of any number of classes each. */
    static TaskSource<?> ofClassSets(RecordSettings settings) {
        return new TextSource<List<String>>(
                file -> texts(settings).classLists(file, settings.label(), settings.separator()),
                (training, heldOut) -> new MultiLabelData(
                        labels(settings, training, List::stream),
                        settings.tokenizer(),
                        settings.limit(),
                        training,
                        heldOut),
                List::stream);
    }

    /** Texts with a number each. */
    static TaskSource<?> ofNumbers(RecordSettings settings) {
        return new TextSource<Double>(
                file -> texts(settings).numbers(file, settings.label()),
                (training, heldOut) -> new RegressionData(settings.tokenizer(), settings.limit(), training, heldOut),
                number -> Stream.empty());
    }

    private static TextReader texts(RecordSettings settings) {
        return new TextReader(settings.text(), settings.pair(), settings.reading());
    }

    private static <L> Labels labels(
            RecordSettings settings, List<Labelled<InputText, L>> training, Function<L, Stream<String>> labelsOf) {
        Labels named = settings.labels();
        if (named != null) {
            return named;
        }
        List<String> occurring =
                training.stream().flatMap(text -> labelsOf.apply(text.label())).toList();
        if (occurring.isEmpty()) {
            throw new CorpusException(training.get(0).input().source().file()
                    + ": Expected records with labels. Received: none in " + training.size()
                    + " records. Add labels, or name their column");
        }
        return Labels.of(occurring);
    }

    @Override
    public List<Labelled<InputText, L>> read(Path file) {
        return reader.apply(file);
    }

    @Override
    public Stream<String> labels(Labelled<InputText, L> text) {
        return labelsOf.apply(text.label());
    }

    @Override
    public TextData<L> encode(List<Labelled<InputText, L>> training, List<Labelled<InputText, L>> heldOut) {
        return encoder.apply(training, heldOut);
    }

    @Override
    public List<String> describe(
            Path file, List<Labelled<InputText, L>> training, List<Labelled<InputText, L>> heldOut, LabelledData data) {
        List<String> lines = new ArrayList<>();
        lines.add("training: " + TextCounts.of(training) + "; held out: " + heldOut.size());
        Map<String, Integer> ids = new java.util.HashMap<>();
        List<String> names = data.head().labels();
        names.forEach(name -> ids.put(name, ids.size()));
        Collection<Integer> occurring = training.stream()
                .flatMap(text -> labelsOf.apply(text.label()))
                .map(ids::get)
                .toList();
        if (data.head().kind().hasLabels()) {
            LabelHistogram histogram = LabelHistogram.of(Labels.inOrder(names), occurring);
            histogram.requireEveryLabel(file);
            if (data.head().kind() == TaskKind.CLASSIFICATION) {
                histogram.requireChoice(file);
            }
            lines.add("labels: " + histogram);
        }
        return lines;
    }
}
