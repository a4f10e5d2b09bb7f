package io.github.cloze4j.finetune;

import io.github.cloze4j.finetune.readers.InputText;
import io.github.cloze4j.finetune.readers.Labelled;
import io.github.cloze4j.inference.TextEncoder;
import io.github.cloze4j.inference.TextPair;
import io.github.cloze4j.tokenizer.Encoding;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;

/**
 * Labelled texts as examples, a window of a text each.
 *
 * @param examples the examples in the order of the texts
 * @param counts what happened to long texts
 */
record EncodedTexts(List<LabelledTokens> examples, LongTexts counts) {
    /**
     * Encodes texts.
     *
     * @param toExample makes the example of a window of a labelled text
     */
    static <L> EncodedTexts of(
            TextEncoder encoder,
            List<Labelled<InputText, L>> texts,
            BiFunction<Encoding, Labelled<InputText, L>, LabelledTokens> toExample) {
        List<LabelledTokens> examples = new ArrayList<>();
        int cut = 0;
        int windowed = 0;
        for (Labelled<InputText, L> text : texts) {
            TextEncoder.Windows windows = encoder.encode(pair(text.input()));
            windows.windows().forEach(window -> examples.add(toExample.apply(window, text)));
            cut += windows.cut() ? 1 : 0;
            windowed += windows.windows().size() > 1 ? 1 : 0;
        }
        return new EncodedTexts(List.copyOf(examples), new LongTexts(texts.size(), cut, windowed));
    }

    /** The texts of labelled ones. */
    static <L> List<TextPair> inputs(List<Labelled<InputText, L>> texts) {
        return texts.stream().map(text -> pair(text.input())).toList();
    }

    private static TextPair pair(InputText text) {
        return new TextPair(text.text(), text.pair());
    }
}
