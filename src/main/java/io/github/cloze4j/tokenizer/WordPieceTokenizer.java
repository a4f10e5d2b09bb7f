package io.github.cloze4j.tokenizer;

/**
 * A word to pieces of the vocabulary: greedy, the longest match first, the pieces after the first with {@code ##} before
 * them. A word with a part that matches nothing is one {@code [UNK]}, and so is one of more than 100 characters, as in
 * Hugging Face's (Google's own code has 200). Immutable and thread-safe.
 */
final class WordPieceTokenizer {
    /** Code points. */
    static final int MAX_WORD_LENGTH = 100;

    private final PieceTrie pieces;
    private final int unkId;

    WordPieceTokenizer(Vocabulary vocabulary) {
        pieces = new PieceTrie(vocabulary);
        unkId = vocabulary.unkId();
    }

    /** Adds the ids of a word {@code units[from .. to)}, in UTF-16 and without lone surrogates. */
    void addPieces(char[] units, int from, int to, IdBuffer ids) {
        if (to - from > MAX_WORD_LENGTH && Character.codePointCount(units, from, to - from) > MAX_WORD_LENGTH) {
            ids.add(unkId);
            return;
        }
        int sizeBefore = ids.size();
        int start = from;
        int root = PieceTrie.WORD_START;
        while (start < to) {
            int longest = -1;
            int end = start;
            int node = root;
            for (int i = start; i < to; i++) {
                node = pieces.child(node, units[i]);
                if (node == 0) {
                    break;
                }
                int id = pieces.pieceId(node);
                if (id >= 0) {
                    longest = id;
                    end = i + 1;
                }
            }
            if (longest < 0) {
                ids.truncate(sizeBefore);
                ids.add(unkId);
                return;
            }
            ids.add(longest);
            start = end;
            root = PieceTrie.CONTINUATION;
        }
    }
}
