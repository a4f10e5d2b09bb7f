package io.github.cloze4j.tokenizer;

import org.jspecify.annotations.Nullable;

/**
 * A word to pieces of the vocabulary: greedy, the longest match first, the pieces after the first with {@code ##} before
 * them. A word with a part that matches nothing is one {@code [UNK]}, and so is one of more than 100 characters, as in
 * Hugging Face's (Google's own code has 200). Immutable and thread-safe.
 */
final class WordPieceTokenizer {
    private final PieceTrie pieces;
    private final int unkId;
    private final int maxWordLength;

    WordPieceTokenizer(Vocabulary vocabulary, TextPipeline pipeline) {
        maxWordLength = pipeline.maxWordLength();
        pieces = new PieceTrie(vocabulary, pipeline.cuts().punctuation());
        unkId = vocabulary.unkId();
    }

    /** Adds the ids of a word {@code units[from .. to)}, in UTF-16. */
    void addPieces(char[] units, int from, int to, IdBuffer ids) {
        addPieces(units, from, to, ids, null);
    }

    /** Adds the ids of a word, and for each id where in {@code units} its piece ends. */
    void addPieces(char[] units, int from, int to, IdBuffer ids, @Nullable IdBuffer ends) {
        if (to - from > maxWordLength && Character.codePointCount(units, from, to - from) > maxWordLength) {
            addUnknown(to, ids, ends);
            return;
        }
        int sizeBefore = ids.size();
        int endsBefore = ends == null ? 0 : ends.size();
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
                if (ends != null) {
                    ends.truncate(endsBefore);
                }
                addUnknown(to, ids, ends);
                return;
            }
            ids.add(longest);
            if (ends != null) {
                ends.add(end);
            }
            start = end;
            root = PieceTrie.CONTINUATION;
        }
    }

    private void addUnknown(int to, IdBuffer ids, @Nullable IdBuffer ends) {
        ids.add(unkId);
        if (ends != null) {
            ends.add(to);
        }
    }
}
