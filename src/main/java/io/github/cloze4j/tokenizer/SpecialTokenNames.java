package io.github.cloze4j.tokenizer;

import java.util.List;
import java.util.Set;

/**
 * How a vocabulary spells the tokens that stand for no text.
 *
 * @param pad fills rows up
 * @param unk stands for a word that the vocabulary cannot spell
 * @param cls begins each text
 * @param sep ends each text
 * @param mask hides a token
 */
public record SpecialTokenNames(String pad, String unk, String cls, String sep, String mask) {
    /** BERT's own: {@code [PAD]}, {@code [UNK]}, {@code [CLS]}, {@code [SEP]}, {@code [MASK]}. */
    public static final SpecialTokenNames BERT = new SpecialTokenNames("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]");

    /** Checks that the names differ and none is empty. */
    public SpecialTokenNames {
        List<String> names = List.of(pad, unk, cls, sep, mask);
        if (Set.copyOf(names).size() != names.size() || names.contains("")) {
            throw new IllegalArgumentException(
                    "Expected five different special tokens, none empty. Received: " + String.join(" ", names));
        }
    }

    /** The five, in the order of the components. */
    public List<String> all() {
        return List.of(pad, unk, cls, sep, mask);
    }
}
