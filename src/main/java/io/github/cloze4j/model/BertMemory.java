package io.github.cloze4j.model;

import io.github.cloze4j.kernel.Arena;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.kernel.StepShape;
import io.github.cloze4j.nn.ParameterStore;
import java.util.function.ToLongFunction;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * The memory that a BERT takes, measured with the layouts that a model and its passes allocate. Nothing is allocated: what
 * does not fit is known before a model exists. All in bytes.
 */
public final class BertMemory {
    /** From two layers on, each further layer takes the same memory as the one before. */
    private static final int UNLIKE_LAYERS = 2;

    /** So much that nothing has it, and so little that sums of it do not overflow. */
    private static final long BOUNDLESS = Long.MAX_VALUE / 16;

    private final BertConfig config;
    private final Kernels kernels;
    /** The layers of the model, if it has few; so that thousands are planned as fast. */
    private final BertLayers few;

    private final BertLayers oneMore;

    private BertMemory(BertConfig config, boolean nextSentenceHead, Kernels kernels) {
        this.config = config;
        this.kernels = kernels;
        int layers = Math.min(config.numHiddenLayers(), UNLIKE_LAYERS);
        few = BertLayers.declare(config.toBuilder().numHiddenLayers(layers).build(), nextSentenceHead, kernels);
        oneMore = BertLayers.declare(
                config.toBuilder().numHiddenLayers(layers + 1).build(), nextSentenceHead, kernels);
    }

    /**
     * The memory of a model that need not exist.
     *
     * @param nextSentenceHead whether the model has the pooler and the head for pairs
     * @param kernels which compute, in their type
     */
    public static BertMemory of(BertConfig config, boolean nextSentenceHead, Kernels kernels) {
        return new BertMemory(config, nextSentenceHead, kernels);
    }

    /** The kernels in whose memory the arrays are. */
    public Kernels kernels() {
        return kernels;
    }

    /** The memory of the parameters' values. Gradients, and each moment of an optimizer, take as much again. */
    public long parameterBytes() {
        return ofAllLayers(layers -> ParameterStore.bytes(layers.layout(), type()));
    }

    /**
     * The memory of the activations of a {@link MlmPass}.
     *
     * @param rows rows of a batch
     * @param seqLen tokens of a row
     * @param maxMasked the most masked positions of a batch
     * @param recompute whether backward computes activations again
     */
    public long activationBytes(int rows, int seqLen, int maxMasked, boolean recompute) {
        return ofAllLayers(layers -> type().width()
                * Arena.measure(
                        type(),
                        arena -> MlmActivations.plan(
                                arena, layers, rows, seqLen, maxMasked, recompute, MlmPass.MOST_LOGITS)));
    }

    /**
     * The memory that the kernels take beside all arrays for such passes.
     *
     * @param microBatches of a training step; 0 if no backward passes follow
     */
    public long scratchBytes(int rows, int seqLen, int maxMasked, boolean recompute, int microBatches) {
        return kernels.scratchBytes(new StepShape(
                rows,
                seqLen,
                maxMasked,
                few.head().chunk(maxMasked, MlmPass.MOST_LOGITS),
                config.hiddenSize(),
                config.intermediateSize(),
                config.numAttentionHeads(),
                config.vocabSize(),
                parameterBytes() + activationBytes(rows, seqLen, maxMasked, recompute),
                config.numHiddenLayers(),
                microBatches));
    }

    private long ofAllLayers(ToLongFunction<BertLayers> bytes) {
        long more = (long) config.numHiddenLayers() - few.config().numHiddenLayers();
        long first = bytes.applyAsLong(few);
        if (more == 0) {
            return first;
        }
        long layer = bytes.applyAsLong(oneMore) - first;
        return layer > (BOUNDLESS - first) / more ? BOUNDLESS : first + more * layer;
    }

    private DataType type() {
        return kernels.type();
    }
}
