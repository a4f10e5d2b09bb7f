package io.github.cloze4j.data;

import io.github.cloze4j.kernel.Documents;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A packed batch: {@code rows × seqLen} tokens, several documents to a row, and the targets of each head of a model. A document
 * attends to itself only. Padding is a document too, which no head reads. All that kernels rely on is checked
 * here; a model checks that its tables have the ids.
 *
 * <p>The constructor copies the arrays, so that a caller may use them again. The accessors return the arrays of the batch
 * itself, because every pass reads them: do not write to them.
 *
 * @param rows rows of the batch
 * @param seqLen tokens in a row
 * @param tokenIds {@code [rows * seqLen]} input ids, with masks in place, at least 0
 * @param tokenTypeIds {@code [rows * seqLen]} at least 0
 * @param positionIds {@code [rows * seqLen]} restarting with each document, at least 0
 * @param documents documents of the flattened batch, which end where it ends; none crosses a row
 * @param realTokens tokens that are not padding, special tokens included
 * @param targets the targets of the model's heads, in the order of the heads; no row is a target of two heads
 */
public record Batch(
        int rows,
        int seqLen,
        int[] tokenIds,
        int[] tokenTypeIds,
        int[] positionIds,
        Documents documents,
        int realTokens,
        List<Targets> targets) {
    /** Copies the arrays, and checks that the parts fit together. */
    public Batch {
        tokenIds = tokenIds.clone();
        tokenTypeIds = tokenTypeIds.clone();
        positionIds = positionIds.clone();
        targets = List.copyOf(targets);
        if (rows < 1 || seqLen < 1) {
            throw new IllegalArgumentException(
                    "Expected at least 1 row of at least 1 token. Received: " + rows + "×" + seqLen);
        }
        if ((long) rows * seqLen > Integer.MAX_VALUE) {
            throw new IllegalArgumentException(
                    "Expected fewer than 2^31 tokens. Received: " + rows + " rows of " + seqLen + " tokens");
        }
        int tokens = rows * seqLen;
        if (tokenIds.length != tokens || tokenTypeIds.length != tokens || positionIds.length != tokens) {
            throw new IllegalArgumentException("Expected " + tokens + " ids, types and positions for " + rows + "×"
                    + seqLen + ". Received: " + tokenIds.length + ", " + tokenTypeIds.length + ", "
                    + positionIds.length);
        }
        requireNotNegative("token ids", tokenIds);
        requireNotNegative("token types", tokenTypeIds);
        requireNotNegative("positions", positionIds);
        requireInsideRows(documents, tokens, seqLen);
        if (realTokens < 0 || realTokens > tokens) {
            throw new IllegalArgumentException(
                    "Expected from 0 to " + tokens + " real tokens. Received: " + realTokens);
        }
        requireRows(targets, tokens);
    }

    private static void requireNotNegative(String what, int[] ids) {
        for (int id : ids) {
            if (id < 0) {
                throw new IllegalArgumentException("Expected " + what + " of at least 0. Received: " + id);
            }
        }
    }

    private static void requireInsideRows(Documents documents, int tokens, int seqLen) {
        int end = documents.end(documents.count() - 1);
        if (end != tokens) {
            throw new IllegalArgumentException(
                    "Expected documents that cover " + tokens + " tokens. Received: documents that cover " + end);
        }
        for (int document = 0; document < documents.count(); document++) {
            int first = documents.begin(document);
            int last = documents.end(document) - 1;
            if (first / seqLen != last / seqLen) {
                throw new IllegalArgumentException("Expected documents inside a row of " + seqLen
                        + " tokens. Received: one from token " + first + " to token " + last);
            }
        }
    }

    private static void requireRows(List<Targets> targets, int tokens) {
        BitSet taken = new BitSet(targets.size() > 1 ? tokens : 0);
        for (Targets part : targets) {
            if (part.highestRow() >= tokens) {
                throw new IllegalArgumentException(
                        "Expected targets in [0, " + tokens + "). Received: " + part.highestRow());
            }
            for (int row : targets.size() > 1 ? part.rows() : new int[0]) {
                if (taken.get(row)) {
                    throw new IllegalArgumentException(
                            "Expected each row to be a target of one head. Received: row " + row + " as that of two");
                }
                taken.set(row);
            }
        }
    }

    /** Tokens in the batch, padding included. */
    public int tokens() {
        return rows * seqLen;
    }

    /** The number of rows that each head reads. */
    public int[] targetCounts() {
        return targets.stream().mapToInt(Targets::count).toArray();
    }

    /** The number of right answers for each head. */
    public int[] answerCounts() {
        return targets.stream().mapToInt(Targets::answers).toArray();
    }

    /** Equal in all parts, arrays by their content. */
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Batch that && Arrays.deepEquals(parts(), that.parts());
    }

    @Override
    public int hashCode() {
        return Arrays.deepHashCode(parts());
    }

    private Object[] parts() {
        return new Object[] {rows, seqLen, tokenIds, tokenTypeIds, positionIds, documents, realTokens, targets};
    }

    /** Short: arrays are not printed. */
    @Override
    public String toString() {
        return "Batch[" + rows + "×" + seqLen + " tokens, " + realTokens + " of them real, targets "
                + Arrays.toString(targetCounts()) + "]";
    }
}
