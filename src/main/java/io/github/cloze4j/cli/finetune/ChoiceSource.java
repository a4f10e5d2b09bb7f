package io.github.cloze4j.cli.finetune;

import io.github.cloze4j.finetune.LabelledData;
import io.github.cloze4j.finetune.MultipleChoiceData;
import io.github.cloze4j.finetune.readers.Choices;
import io.github.cloze4j.finetune.readers.ChoicesReader;
import io.github.cloze4j.finetune.readers.LabelHistogram;
import io.github.cloze4j.finetune.readers.Labelled;
import io.github.cloze4j.finetune.readers.Labels;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Texts with several choices, one of which is right. */
final class ChoiceSource implements TaskSource<Labelled<Choices, Integer>> {
    private final RecordSettings settings;
    private final ChoicesReader reader;

    /** @throws IllegalArgumentException if no columns of choices are named */
    ChoiceSource(RecordSettings settings) {
        this.settings = settings;
        reader = reader(settings);
    }

    static ChoicesReader reader(RecordSettings settings) {
        if (settings.choices().size() < 2) {
            throw new IllegalArgumentException("Expected the columns of at least two choices. Received: "
                    + settings.choices() + ". Name them with --choice-columns, such as --choice-columns a,b,c");
        }
        return new ChoicesReader(settings.text(), settings.choices(), settings.reading());
    }

    @Override
    public List<Labelled<Choices, Integer>> read(Path file) {
        return reader.answered(file, settings.label());
    }

    @Override
    public MultipleChoiceData encode(
            List<Labelled<Choices, Integer>> training, List<Labelled<Choices, Integer>> heldOut) {
        return new MultipleChoiceData(settings.tokenizer(), settings.limit().maxTokens(), training, heldOut);
    }

    @Override
    public List<String> describe(
            Path file,
            List<Labelled<Choices, Integer>> training,
            List<Labelled<Choices, Integer>> heldOut,
            LabelledData data) {
        int choices = settings.choices().size();
        List<String> lines = new ArrayList<>();
        lines.add("training: " + training.size() + " records of " + choices + " choices; held out: " + heldOut.size());
        Labels numbers = Labels.inOrder(
                IntStream.range(0, choices).mapToObj(Integer::toString).toList());
        lines.add("right choices: "
                + LabelHistogram.of(
                        numbers, training.stream().map(Labelled::label).toList()));
        return lines;
    }

    /** Nothing is read in windows: there is no stride. */
    @Override
    public String lengthOptions() {
        return "--seq-len";
    }
}
