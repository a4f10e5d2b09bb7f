package io.github.cloze4j.data.masking;

import io.github.cloze4j.tokenizer.Vocabulary;
import java.util.BitSet;

/** Says which tokens of a row belong to one word. Implementations are immutable and thread-safe. */
public interface WordBoundaries {
    /**
     * The positions of tokens that belong to the word of the token before them. What is said of special tokens, and of
     * the token right behind one, does not count.
     *
     * @param row the row's real tokens; must not be changed
     * @return indices into {@code row.ids()}
     */
    BitSet continuing(PackedRow row);

    /** Words as the tokenizer cut them: a word piece that begins with {@code ##} continues one. */
    static WordBoundaries ofWordPieces(Vocabulary vocabulary) {
        BitSet continuingIds = new BitSet(vocabulary.size());
        for (int id = 0; id < vocabulary.size(); id++) {
            continuingIds.set(id, vocabulary.continuesWord(id));
        }
        return row -> {
            BitSet continuing = new BitSet(row.ids().length);
            for (int i = 0; i < row.ids().length; i++) {
                continuing.set(i, continuingIds.get(row.ids()[i]));
            }
            return continuing;
        };
    }
}
