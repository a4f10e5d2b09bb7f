package io.github.cloze4j.cli.finetune;

import io.github.cloze4j.finetune.LabelledData;
import io.github.cloze4j.finetune.SequenceToSequenceData;
import io.github.cloze4j.finetune.readers.InputText;
import io.github.cloze4j.finetune.readers.Labelled;
import io.github.cloze4j.finetune.readers.TextCounts;
import io.github.cloze4j.finetune.readers.TextReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Texts that are rewritten as others. */
final class RewritingSource implements TaskSource<Labelled<InputText, String>> {
    private final RecordSettings settings;

    RewritingSource(RecordSettings settings) {
        this.settings = settings;
    }

    @Override
    public List<Labelled<InputText, String>> read(Path file) {
        return new TextReader(settings.rewriting().source(), null, settings.reading())
                .rewritten(file, settings.rewriting().target());
    }

    @Override
    public SequenceToSequenceData encode(
            List<Labelled<InputText, String>> training, List<Labelled<InputText, String>> heldOut) {
        return new SequenceToSequenceData(
                settings.tokenizer(),
                settings.limit().maxTokens(),
                settings.rewriting().words(),
                training,
                heldOut);
    }

    @Override
    public List<String> describe(
            Path file,
            List<Labelled<InputText, String>> training,
            List<Labelled<InputText, String>> heldOut,
            LabelledData data) {
        List<String> lines = new ArrayList<>();
        lines.add("training: " + TextCounts.of(training).text("target") + "; held out: " + heldOut.size());
        if (heldOut.size() > SequenceToSequenceData.SAMPLE) {
            lines.add("while training: exact, chrf and bleu are of " + SequenceToSequenceData.SAMPLE + " of the "
                    + heldOut.size() + " held-out texts");
        }
        return lines;
    }

    /** Nothing is read in windows: there is no stride. */
    @Override
    public String lengthOptions() {
        return "--seq-len";
    }

    @Override
    public Optional<Object> group(Labelled<InputText, String> pair) {
        return Optional.of(pair.input().text());
    }
}
