package io.github.cloze4j.kernel.cuda;

import io.github.cloze4j.kernel.Documents;
import java.util.ArrayList;
import java.util.List;

/**
 * How the scores of attention are cut into the square tiles that {@code attention.cu} describes: windows of tokens that no
 * document crosses the ends of, times heads.
 *
 * @param tokens of the batch
 * @param hidden the model's width
 * @param window tokens of a window; the last may be cut off
 */
record AttentionTiles(int tokens, int hidden, int heads, int window) {
    /**
     * Tiles of equal size whose places are equally far apart, in elements.
     *
     * @param length tokens of each
     * @param count of them
     * @param token their first's number; of one head, or the same in all heads
     */
    record Batch(int length, int count, int head, int token, boolean overHeads) {}

    /**
     * Tiles for the documents of a batch.
     *
     * @param preferred a window to take if no document crosses it: that of the rows of a training batch, so that shapes stay
     *     the same from batch to batch
     */
    static AttentionTiles of(Documents documents, int hidden, int heads, int preferred) {
        int tokens = documents.tokens();
        int window = Math.min(tokens, preferred);
        if (window < 1 || crosses(documents, window)) {
            window = documents.longest();
            while (crosses(documents, window)) {
                window++;
            }
        }
        return new AttentionTiles(tokens, hidden, heads, window);
    }

    private static boolean crosses(Documents documents, int window) {
        for (int d = 0; d < documents.count(); d++) {
            if (documents.begin(d) % window + documents.length(d) > window) {
                return true;
            }
        }
        return false;
    }

    int headSize() {
        return hidden / heads;
    }

    /** Scores of all heads. */
    long scores() {
        return (long) heads * tokens * window;
    }

    /** All tiles: for each head its whole windows, and for the window that is cut off all heads. */
    List<Batch> batches() {
        List<Batch> batches = new ArrayList<>();
        int whole = tokens / window;
        for (int head = 0; head < heads && whole > 0; head++) {
            batches.add(new Batch(window, whole, head, 0, false));
        }
        if (tokens % window > 0) {
            batches.add(new Batch(tokens % window, heads, 0, whole * window, true));
        }
        return batches;
    }

    /** Where the first of a batch begins in a matrix of {@code columns} columns a token, of which heads stand side by side. */
    long start(Batch batch, int columns) {
        return (long) batch.token() * columns + (long) batch.head() * headSize();
    }

    /** From one to the next there. */
    long stride(Batch batch, int columns) {
        return batch.overHeads() ? headSize() : (long) window * columns;
    }

    /** Where the first of a batch begins in {@code [heads, tokens, window]}. */
    long scoreStart(Batch batch) {
        return ((long) batch.head() * tokens + batch.token()) * window;
    }

    /** From one to the next there. */
    long scoreStride(Batch batch) {
        return batch.overHeads() ? (long) tokens * window : (long) window * window;
    }
}
