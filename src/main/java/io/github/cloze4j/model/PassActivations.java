package io.github.cloze4j.model;

import io.github.cloze4j.data.Batch;
import io.github.cloze4j.data.Targets;
import io.github.cloze4j.kernel.Arena;
import java.util.ArrayList;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The memory of a {@link TrainingPass}. The encoder's output has only the rows that a head reads: the targets of the first head,
 * then those of the second, and so on.
 *
 * @param counts the targets of each head
 * @param heads the memory of each head
 * @param dOutput {@code [all targets, hidden]}
 * @param dHidden {@code [tokens, hidden]}
 */
record PassActivations(
        int[] counts,
        BertEmbeddings.Activations embeddings,
        BertEncoder.Activations encoder,
        List<Head.Activations> heads,
        INDArray dOutput,
        INDArray dHidden) {

    /** The one layout, for the largest batch: what is allocated, and what is measured before. */
    static PassActivations plan(Arena arena, BertLayers layers, PassShape shape, int mostScores) {
        int tokens = shape.tokens();
        int hidden = layers.config().hiddenSize();
        int[] most = shape.maxTargets();
        int output = shape.allTargets();
        BertEmbeddings.Activations embeddings = layers.embeddings().plan(arena, tokens);
        BertEncoder.Activations encoder =
                layers.encoder().plan(arena, tokens, shape.seqLen(), output, shape.recompute());
        List<Head.Activations> heads = new ArrayList<>();
        for (int i = 0; i < most.length; i++) {
            heads.add(layers.heads().get(i).plan(arena, most[i], mostScores));
        }
        return new PassActivations(
                most, embeddings, encoder, heads, arena.take(output, hidden), arena.take(tokens, hidden));
    }

    /** Views for a batch that has no more targets for any head. */
    PassActivations of(int[] batchCounts) {
        int rows = 0;
        List<Head.Activations> own = new ArrayList<>();
        for (int i = 0; i < batchCounts.length; i++) {
            rows += batchCounts[i];
            own.add(heads.get(i).rows(batchCounts[i]));
        }
        return new PassActivations(
                batchCounts, embeddings, encoder.rows(rows), own, Arena.rows(dOutput, 0, rows), dHidden);
    }

    /** The rows of the batch's tokens that heads read; none twice, which a batch sees to. */
    static int[] outputRows(Batch batch) {
        if (batch.targets().size() == 1) {
            return batch.targets().get(0).rows();
        }
        int[] rows = new int[batch.targets().stream().mapToInt(Targets::count).sum()];
        int at = 0;
        for (Targets targets : batch.targets()) {
            System.arraycopy(targets.rows(), 0, rows, at, targets.count());
            at += targets.count();
        }
        return rows;
    }

    /** The rows of one head in the encoder's output or its gradient {@code [all targets, hidden]}. */
    INDArray of(int head, INDArray output) {
        int first = 0;
        for (int i = 0; i < head; i++) {
            first += counts[i];
        }
        return Arena.rows(output, first, counts[head]);
    }
}
