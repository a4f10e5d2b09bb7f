package io.github.cloze4j.data;

import io.github.cloze4j.tokenizer.Vocabulary;
import java.util.BitSet;

/** The masking strategies by name. */
public enum Masking {
    /** Single tokens. */
    TOKEN,
    /** All tokens of a word, or none. */
    WHOLE_WORD,
    /** Spans of words. */
    SPAN;

    /**
     * The strategy of that name.
     *
     * @param probability share of tokens to mask, in (0, 1]
     * @param vocabulary says which tokens are special and which continue a word
     */
    public MaskingStrategy strategy(double probability, Vocabulary vocabulary) {
        SpecialTokens specialTokens = SpecialTokens.of(vocabulary);
        return switch (this) {
            case TOKEN -> new TokenMasking(probability, specialTokens);
            case WHOLE_WORD -> new WholeWordMasking(probability, specialTokens, continuing(vocabulary));
            case SPAN -> new SpanMasking(probability, specialTokens, continuing(vocabulary));
        };
    }

    private static BitSet continuing(Vocabulary vocabulary) {
        BitSet continuing = new BitSet(vocabulary.size());
        for (int id = 0; id < vocabulary.size(); id++) {
            continuing.set(id, vocabulary.token(id).startsWith("##"));
        }
        return continuing;
    }
}
