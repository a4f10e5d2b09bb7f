package io.github.cloze4j.finetune;

import io.github.cloze4j.data.Targets;
import io.github.cloze4j.tokenizer.Encoding;
import java.util.List;

/**
 * An example as a model takes it: its texts as tokens, and its right answers.
 *
 * @param texts mostly one; several of which one is to be chosen, or the windows of a long text
 * @param targets rows are counted over the tokens of the texts, one text after the other
 * @param prefix the number of tokens at the beginning of each text that all of its tokens see, as in {@link
 *     io.github.cloze4j.kernel.Documents}; {@link #OF_MODEL} if the model decides
 */
public record LabelledTokens(List<Encoding> texts, Targets targets, int prefix) {
    /** The prefix of texts that are read as {@link io.github.cloze4j.model.BertConfig#documents} says: mostly the whole text. */
    public static final int OF_MODEL = -1;

    /** Copies the list, and checks that rows are within the texts and the prefix. */
    public LabelledTokens {
        texts = List.copyOf(texts);
        int tokens = texts.stream().mapToInt(text -> text.ids().length).sum();
        for (int row : targets.rows()) {
            if (row >= tokens) {
                throw new IllegalArgumentException(
                        "Expected targets in [0, " + tokens + "), the tokens of the texts. Received: " + row);
            }
        }
        for (Encoding text : texts) {
            if (prefix < OF_MODEL || prefix > text.ids().length) {
                throw new IllegalArgumentException("Expected a prefix from 0 to the length of each text, "
                        + text.ids().length + ". Received: " + prefix);
            }
        }
    }

    /** An example whose texts are read as the model reads texts. */
    public LabelledTokens(List<Encoding> texts, Targets targets) {
        this(texts, targets, OF_MODEL);
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
