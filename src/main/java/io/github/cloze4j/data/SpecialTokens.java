package io.github.cloze4j.data;

import io.github.cloze4j.tokenizer.Vocabulary;

/**
 * Ids of the tokens that stand for no text. They are never masked, also where a corpus holds them.
 *
 * @param pad {@code [PAD]} fills rows up
 * @param unk {@code [UNK]} stands for a word that the vocabulary cannot spell
 * @param cls {@code [CLS]} begins each segment
 * @param sep {@code [SEP]} ends each segment
 * @param mask {@code [MASK]} hides a token
 */
public record SpecialTokens(int pad, int unk, int cls, int sep, int mask) {
    /** Checks that the ids differ and are none below 0. */
    public SpecialTokens {
        int[] ids = {pad, unk, cls, sep, mask};
        for (int i = 0; i < ids.length; i++) {
            for (int j = 0; j < i; j++) {
                if (ids[i] == ids[j]) {
                    throw new IllegalArgumentException("Expected five different special tokens. Received: [PAD] " + pad
                            + ", [UNK] " + unk + ", [CLS] " + cls + ", [SEP] " + sep + ", [MASK] " + mask);
                }
            }
            if (ids[i] < 0) {
                throw new IllegalArgumentException("Expected ids of special tokens from 0. Received: " + ids[i]);
            }
        }
    }

    /** Those of a vocabulary. */
    public static SpecialTokens of(Vocabulary vocabulary) {
        return new SpecialTokens(
                vocabulary.padId(), vocabulary.unkId(), vocabulary.clsId(), vocabulary.sepId(), vocabulary.maskId());
    }

    /** Whether the id is one of the five. */
    public boolean contains(int id) {
        return id == pad || id == unk || id == cls || id == sep || id == mask;
    }

    /** The highest of the five ids. */
    int highest() {
        return Math.max(Math.max(Math.max(pad, unk), Math.max(cls, sep)), mask);
    }
}
