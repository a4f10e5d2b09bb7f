package io.github.cloze4j.nn;

import io.github.cloze4j.kernel.Arena;
import io.github.cloze4j.kernel.Documents;
import io.github.cloze4j.kernel.Dropout;
import io.github.cloze4j.kernel.Kernels;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Multi-head self-attention within each document, without the output projection. */
public final class SelfAttention {
    private final Kernels kernels;
    private final Linear queryKeyValue;
    private final int hidden;
    private final int heads;
    private final LowRankUpdates updates;

    /** The arrays that forward leaves for backward. */
    public record Activations(
            INDArray qkv, // [tokens, 3 * hidden]
            INDArray probabilities, // [heads * tokens * seqLen]
            INDArray context, // [tokens, hidden]
            LowRankUpdates.Activations updates) {}

    /**
     * Declares the queries, keys and values of an encoder layer, adjacent in memory: one product computes all three. So they are
     * trained or frozen together. The low-rank updates of each are on its own.
     *
     * @param layerName the name of the encoder layer
     */
    public SelfAttention(
            ParameterLayout layout,
            Kernels kernels,
            String layerName,
            int hidden,
            int heads,
            LowRankSettings settings) {
        this.kernels = kernels;
        this.hidden = hidden;
        this.heads = heads;
        String name = layerName + ".attention.self";
        Parameter weight = layout.stackedWeights(
                List.of(name + ".query.weight", name + ".key.weight", name + ".value.weight"),
                Initial.RANDOM,
                hidden,
                hidden);
        Parameter bias = layout.stackedBiases(
                List.of(name + ".query.bias", name + ".key.bias", name + ".value.bias"), Initial.ZEROS, hidden);
        this.queryKeyValue = new Linear(kernels, weight, bias);
        updates = LowRankUpdates.declare(
                layout,
                kernels,
                layerName,
                hidden,
                hidden,
                settings,
                LowRankTarget.QUERY,
                LowRankTarget.KEY,
                LowRankTarget.VALUE);
    }

    /** Takes memory for {@code tokens} tokens in documents of at most {@code seqLen}. */
    public Activations plan(Arena arena, int tokens, int seqLen) {
        return new Activations(
                arena.take(tokens, 3L * hidden),
                arena.take((long) heads * tokens * seqLen),
                arena.take(tokens, hidden),
                updates.plan(arena, tokens));
    }

    /** Takes x {@code [tokens, hidden]}; writes {@code a.context}. */
    public void forward(INDArray x, Documents documents, EncoderLayer.Dropouts dropouts, Activations a) {
        queryKeyValue.forward(x, a.qkv());
        updates.forward(x, dropouts.lowRank(), a.updates(), a.qkv());
        Dropout dropout = dropouts.attentionProbabilities();
        kernels.attention(a.qkv(), documents, heads, dropout, a.probabilities(), a.context());
    }

    /** Computes the attention of queries, keys and values {@code [tokens, 3 * hidden]} into context {@code [tokens, hidden]}. */
    @FunctionalInterface
    public interface Step {
        /** Reads qkv and writes context. */
        void attend(INDArray qkv, INDArray context);
    }

    /** Takes x {@code [tokens, hidden]}; writes {@code a.context} by an attention of the caller, without dropout. */
    void forward(INDArray x, Step attention, Activations a) {
        queryKeyValue.forward(x, a.qkv());
        updates.forward(x, EncoderLayer.Dropouts.NONE.lowRank(), a.updates(), a.qkv());
        attention.attend(a.qkv(), a.context());
    }

    /**
     * Takes dContext {@code [tokens, hidden]}; dQkv {@code [tokens, 3 * hidden]} is scratch. The gradient of x is added to dx
     * {@code [tokens, hidden]}, unless dx is null.
     */
    public void backward(
            INDArray x,
            INDArray dContext,
            Documents documents,
            EncoderLayer.Dropouts dropouts,
            Activations a,
            INDArray dQkv,
            @Nullable INDArray dx) {
        Dropout dropout = dropouts.attentionProbabilities();
        kernels.attentionBackward(dContext, a.qkv(), documents, heads, dropout, a.probabilities(), dQkv);
        queryKeyValue.backwardAdding(x, dQkv, dx);
        updates.backward(x, dQkv, dropouts.lowRank(), a.updates(), dx);
    }
}
