package io.github.cloze4j.data.masking;

import io.github.cloze4j.tokenizer.Vocabulary;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Ids of the tokens that stand for no text. They are never masked, also where a corpus holds them.
 *
 * @param pad {@code [PAD]} fills rows up
 * @param unk {@code [UNK]} stands for a word that the vocabulary cannot spell
 * @param cls {@code [CLS]} begins each segment
 * @param sep {@code [SEP]} ends each segment
 * @param mask {@code [MASK]} hides a token
 * @param further the ids of other tokens that were added as special
 */
public record SpecialTokens(int pad, int unk, int cls, int sep, int mask, Set<Integer> further) {
    /** Checks that the five ids differ and that no id is below 0. */
    public SpecialTokens {
        further = Set.copyOf(further);
        if (further.stream().anyMatch(id -> id < 0)) {
            throw new IllegalArgumentException("Expected ids of special tokens from 0. Received: " + further);
        }
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

    /** The five special tokens of BERT alone. */
    public SpecialTokens(int pad, int unk, int cls, int sep, int mask) {
        this(pad, unk, cls, sep, mask, Set.of());
    }

    /** The special tokens of a vocabulary. */
    public static SpecialTokens of(Vocabulary vocabulary) {
        SpecialTokens five = new SpecialTokens(
                vocabulary.padId(), vocabulary.unkId(), vocabulary.clsId(), vocabulary.sepId(), vocabulary.maskId());
        Set<Integer> further = vocabulary.addedTokens().stream()
                .map(token -> vocabulary.id(token.content()))
                .filter(id -> vocabulary.isSpecial(id) && !five.contains(id))
                .collect(Collectors.toSet());
        return new SpecialTokens(five.pad, five.unk, five.cls, five.sep, five.mask, further);
    }

    /** Whether the id is that of a special token. */
    public boolean contains(int id) {
        return id == pad
                || id == unk
                || id == cls
                || id == sep
                || id == mask
                || (!further.isEmpty() && further.contains(id));
    }

    /** The highest id. */
    public int highest() {
        int five = Math.max(Math.max(Math.max(pad, unk), Math.max(cls, sep)), mask);
        return further.stream().mapToInt(id -> id).reduce(five, Math::max);
    }
}
