package io.github.cloze4j.data.masking;

import io.github.cloze4j.tokenizer.Vocabulary;
import java.util.BitSet;

/**
 * Words of Chinese text. BERT's tokenizer makes a token of every ideograph, so that a token says nothing of words: the
 * ideographs that stand next to each other in a document are cut into words by a segmenter. All other tokens form words as
 * {@link WordBoundaries#ofWordPieces} says. This is how Chinese BERT-wwm was masked (Cui et al., 2021). Immutable.
 */
public final class ChineseWords implements WordBoundaries {
    private final WordSegmenter segmenter;
    private final WordBoundaries wordPieces;
    private final int[] ideographs;

    /**
     * Boundaries for rows of one vocabulary.
     *
     * @param vocabulary that made the ids
     * @param segmenter cuts what stands between other tokens
     */
    public ChineseWords(Vocabulary vocabulary, WordSegmenter segmenter) {
        this.segmenter = segmenter;
        wordPieces = WordBoundaries.ofWordPieces(vocabulary);
        ideographs = new int[vocabulary.size()];
        for (int id = 0; id < ideographs.length; id++) {
            String token = vocabulary.token(id);
            int first = token.codePointAt(0);
            if (Character.isIdeographic(first) && token.length() == Character.charCount(first)) {
                ideographs[id] = first;
            }
        }
    }

    @Override
    public BitSet continuing(PackedRow row) {
        BitSet continuing = wordPieces.continuing(row);
        int[] ids = row.ids();
        for (int start = 0; start < ids.length; ) {
            int end = start;
            while (end < ids.length && ideographs[ids[end]] != 0) {
                end++;
            }
            if (end > start + 1) {
                joinWords(ids, start, end, continuing);
            }
            start = end + 1;
        }
        return continuing;
    }

    /** A document ends with {@code [SEP]}, so that no text reaches into the next. */
    private void joinWords(int[] ids, int start, int end, BitSet continuing) {
        StringBuilder text = new StringBuilder();
        for (int i = start; i < end; i++) {
            text.appendCodePoint(ideographs[ids[i]]);
        }
        BitSet wordEnds = new BitSet();
        for (int wordEnd : segmenter.wordEnds(text.toString())) {
            wordEnds.set(wordEnd);
        }
        int at = 0;
        for (int i = start; i < end; i++) {
            continuing.set(i, i > start && !wordEnds.get(at));
            at += Character.charCount(ideographs[ids[i]]);
        }
    }
}
