package io.github.cloze4j.finetune;

import io.github.cloze4j.data.Targets;
import io.github.cloze4j.tokenizer.Encoding;
import java.util.List;

/**
 * An example as a model takes it: its texts as tokens, and its right answers.
 *
 * @param texts mostly one; several of which one is to be chosen, or the windows of a long text
 * @param targets rows are counted over the tokens of the texts, one text after the other
 */
public record LabelledTokens(List<Encoding> texts, Targets targets) {
    /** Copies the list, and checks that rows are within the texts. */
    public LabelledTokens {
        texts = List.copyOf(texts);
        int tokens = texts.stream().mapToInt(text -> text.ids().length).sum();
        for (int row : targets.rows()) {
            if (row >= tokens) {
                throw new IllegalArgumentException(
                        "Expected targets in [0, " + tokens + "), the tokens of the texts. Received: " + row);
            }
        }
    }

    /** An example of one text, whose {@code [CLS]} has a label. */
    public static LabelledTokens ofClass(Encoding text, int label) {
        return new LabelledTokens(List.of(text), new Targets(new int[] {0}, new int[] {label}));
    }

    /** An example of one text, whose {@code [CLS]} has values. */
    public static LabelledTokens ofValues(Encoding text, float... values) {
        return new LabelledTokens(List.of(text), new Targets(new int[] {0}, new int[] {1}, new int[0], values));
    }
}
