package io.github.cloze4j.data;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A packed batch for masked-language-model training: {@code rows × seqLen} tokens, several documents to a row.
 *
 * <p>A document attends only to itself. Where documents begin and end is said once, in {@code documentOffsets}, the way
 * variable-length attention kernels take it: document {@code d} is tokens {@code [documentOffsets[d],
 * documentOffsets[d + 1])} of the flattened batch. Padding is a document too, which nobody reads.
 *
 * @param rows rows of the batch
 * @param seqLen tokens in a row
 * @param tokenIds {@code [rows * seqLen]} input ids, masks already in place
 * @param tokenTypeIds {@code [rows * seqLen]} 0 or 1
 * @param positionIds {@code [rows * seqLen]} restarting with each document
 * @param documentOffsets {@code [documents + 1]}, ascending from 0 to {@code rows * seqLen}; no document crosses a row
 * @param maskedPositions {@code [masked]} ascending indices into {@code tokenIds} on which the loss is taken
 * @param labels {@code [masked]} the original ids at {@code maskedPositions}
 * @param realTokens tokens that are not padding, special tokens included
 * @param pairPositions {@code [pairs]} ascending indices into {@code tokenIds} of the {@code [CLS]} of each document that
 *     is a pair of texts, never masked; empty where the objective is masked language modelling alone
 * @param pairLabels {@code [pairs]} 0 where the second text of the pair follows the first, 1 where it does not
 */
public record MlmBatch(
        int rows,
        int seqLen,
        int[] tokenIds,
        int[] tokenTypeIds,
        int[] positionIds,
        int[] documentOffsets,
        int[] maskedPositions,
        int[] labels,
        int realTokens,
        int[] pairPositions,
        int[] pairLabels) {
    /** {@code [CLS]}, a token, {@code [SEP]}, a token, {@code [SEP]}. */
    public static final int SHORTEST_PAIR = 5;

    /** A batch without pairs. */
    public MlmBatch(
            int rows,
            int seqLen,
            int[] tokenIds,
            int[] tokenTypeIds,
            int[] positionIds,
            int[] documentOffsets,
            int[] maskedPositions,
            int[] labels,
            int realTokens) {
        this(
                rows,
                seqLen,
                tokenIds,
                tokenTypeIds,
                positionIds,
                documentOffsets,
                maskedPositions,
                labels,
                realTokens,
                new int[0],
                new int[0]);
    }

    /** Checks that the parts fit together. */
    public MlmBatch {
        int tokens = Math.multiplyExact(rows, seqLen);
        if (tokenIds.length != tokens || tokenTypeIds.length != tokens || positionIds.length != tokens) {
            throw new IllegalArgumentException("Expected " + tokens + " ids, types and positions for " + rows + "×"
                    + seqLen + ". Received: " + tokenIds.length + ", " + tokenTypeIds.length + ", "
                    + positionIds.length);
        }
        if (documentOffsets.length < 2
                || documentOffsets[0] != 0
                || documentOffsets[documentOffsets.length - 1] != tokens) {
            throw new IllegalArgumentException("Expected document offsets from 0 to " + tokens + ". Received: "
                    + Arrays.toString(documentOffsets));
        }
        if (maskedPositions.length != labels.length) {
            throw new IllegalArgumentException("Expected a label for each masked position. Received: " + labels.length
                    + " labels for " + maskedPositions.length + " positions");
        }
        if (pairPositions.length != pairLabels.length || pairLabels.length > tokens / SHORTEST_PAIR) {
            throw new IllegalArgumentException("Expected a label for each pair, and pairs of at least " + SHORTEST_PAIR
                    + " tokens. Received: " + pairLabels.length + " labels for " + pairPositions.length + " pairs in "
                    + tokens + " tokens");
        }
        for (int position : pairPositions) {
            if (Arrays.binarySearch(maskedPositions, position) >= 0) {
                throw new IllegalArgumentException(
                        "Expected pairs whose [CLS] is not masked. Received: position " + position + " as both");
            }
        }
    }

    /** Tokens in the batch, padding included. */
    public int tokens() {
        return rows * seqLen;
    }

    /** Positions on which the loss is taken. */
    public int masked() {
        return labels.length;
    }

    /** Documents that are pairs of texts. */
    public int pairs() {
        return pairLabels.length;
    }

    /** Equal in all parts, arrays by their content. */
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof MlmBatch that && Arrays.deepEquals(parts(), that.parts());
    }

    @Override
    public int hashCode() {
        return Arrays.deepHashCode(parts());
    }

    private Object[] parts() {
        return new Object[] {
            rows,
            seqLen,
            tokenIds,
            tokenTypeIds,
            positionIds,
            documentOffsets,
            maskedPositions,
            labels,
            realTokens,
            pairPositions,
            pairLabels
        };
    }

    /** Short: arrays are not printed. */
    @Override
    public String toString() {
        return "MlmBatch[" + rows + "×" + seqLen + " tokens, " + realTokens + " of them real, " + masked() + " masked, "
                + pairs() + " pairs]";
    }
}
