package io.github.cloze4j.model;

import io.github.cloze4j.data.MlmBatch;
import io.github.cloze4j.kernel.Arena;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * What an {@link MlmPass} keeps of a batch. Of the encoder's output only rows that a head reads exist: the masked positions,
 * then the beginnings of pairs.
 *
 * @param masked positions
 * @param scoredPairs pairs that a head scores; 0 where the model has none
 * @param pairs null where the model has no head for them
 * @param dOutput {@code [masked + scoredPairs, hidden]}
 * @param dHidden {@code [tokens, hidden]}
 */
record MlmActivations(
        int masked,
        int scoredPairs,
        BertEmbeddings.Activations embeddings,
        BertEncoder.Activations encoder,
        MlmHead.Activations head,
        NextSentenceHead.@Nullable Activations pairs,
        INDArray dOutput,
        INDArray dHidden) {

    /** The one layout, for the largest batch: what is allocated, and what is measured before. */
    static MlmActivations plan(
            Arena arena, BertLayers layers, int rows, int seqLen, int maxMasked, boolean recompute, int mostLogits) {
        int tokens = Math.multiplyExact(rows, seqLen);
        int hidden = layers.config().hiddenSize();
        NextSentenceHead pairsHead = layers.nextSentenceHead();
        int maxPairs = pairsHead == null ? 0 : Math.max(1, tokens / MlmBatch.SHORTEST_PAIR);
        int maxOutput = maxMasked + maxPairs;
        return new MlmActivations(
                maxMasked,
                maxPairs,
                layers.embeddings().plan(arena, tokens),
                layers.encoder().plan(arena, tokens, seqLen, maxOutput, recompute),
                layers.head().plan(arena, maxMasked, mostLogits),
                pairsHead == null ? null : pairsHead.plan(arena, maxPairs),
                arena.take(maxOutput, hidden),
                arena.take(tokens, hidden));
    }

    /** Views for a batch that has no more of either. */
    MlmActivations of(int batchMasked, int batchPairs) {
        int rows = batchMasked + batchPairs;
        return new MlmActivations(
                batchMasked,
                batchPairs,
                embeddings,
                encoder.rows(rows),
                head.rows(batchMasked),
                pairs == null ? null : pairs.rows(batchPairs),
                Arena.rows(dOutput, 0, rows),
                dHidden);
    }

    /** The rows of the batch's tokens that heads read; none twice, since a {@code [CLS]} is never masked. */
    int[] outputRows(MlmBatch batch) {
        if (scoredPairs == 0) {
            return batch.maskedPositions();
        }
        int[] rows = Arrays.copyOf(batch.maskedPositions(), masked + scoredPairs);
        System.arraycopy(batch.pairPositions(), 0, rows, masked, scoredPairs);
        return rows;
    }

    /** Of the encoder's output or its gradient, what the head for masked positions reads or writes. */
    INDArray atMasked(INDArray output) {
        return Arena.rows(output, 0, masked);
    }

    /** The same for the head for pairs. */
    INDArray atPairs(INDArray output) {
        return Arena.rows(output, masked, scoredPairs);
    }
}
