package io.github.cloze4j.model;

import io.github.cloze4j.kernel.Arena;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.kernel.StepShape;
import io.github.cloze4j.nn.ParameterLayout;
import io.github.cloze4j.nn.ParameterStore;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * The memory that a BERT takes, measured with the layouts that a model and its passes allocate. Nothing is allocated: what
 * does not fit is known before a model exists. All in bytes.
 */
public final class BertMemory {
    /** From two layers on, each further layer takes the same memory as the one before. */
    private static final int UNLIKE_LAYERS = 2;

    /** More bytes than any machine has, and few enough that sums of them do not overflow. */
    private static final long BOUNDLESS = Long.MAX_VALUE / 16;

    private final BertConfig config;
    private final Kernels kernels;
    /** The layers of the model, if it has few; so that thousands are planned as fast. */
    private final BertLayers few;

    private final BertLayers oneMore;
    private final ParameterLayout layout;

    private BertMemory(
            BertConfig config,
            List<HeadKind> heads,
            Predicate<String> trained,
            @Nullable LoraConfig lora,
            Kernels kernels) {
        this.config = config;
        this.kernels = kernels;
        int layers = Math.min(config.numHiddenLayers(), UNLIKE_LAYERS);
        few = BertLayers.declare(config.toBuilder().numHiddenLayers(layers).build(), heads, trained, lora, kernels);
        oneMore = BertLayers.declare(
                config.toBuilder().numHiddenLayers(layers + 1).build(), heads, trained, lora, kernels);
        // Layers may differ in what is trained, so all of them are declared.
        layout = BertLayers.declare(config, heads, trained, lora, kernels).layout();
    }

    /**
     * The memory of a model that need not exist.
     *
     * @param heads kinds of the model's heads
     * @param trained tells from a parameter's name whether it is trained
     * @param kernels which compute, in their type
     */
    public static BertMemory of(BertConfig config, List<HeadKind> heads, Predicate<String> trained, Kernels kernels) {
        return of(config, heads, trained, null, kernels);
    }

    /**
     * The memory of a model with low-rank updates.
     *
     * @param lora the updates; null for none
     */
    public static BertMemory of(
            BertConfig config,
            List<HeadKind> heads,
            Predicate<String> trained,
            @Nullable LoraConfig lora,
            Kernels kernels) {
        return new BertMemory(config, heads, trained, lora, kernels);
    }

    /** The memory of a model all of whose parameters are trained. */
    public static BertMemory of(BertConfig config, List<HeadKind> heads, Kernels kernels) {
        return of(config, heads, name -> true, kernels);
    }

    /** The kernels in whose memory the arrays are. */
    public Kernels kernels() {
        return kernels;
    }

    /** The memory of the parameters' values. */
    public long parameterBytes() {
        return ofAllLayers(layers -> ParameterStore.bytes(layers.layout(), type()));
    }

    /** All parameters of the model. */
    public ParameterLayout layout() {
        return layout;
    }

    /** The memory of the parameters' gradients: that of the trained parameters. */
    public long trainedBytes() {
        return ParameterStore.trainedBytes(layout, type());
    }

    /**
     * The memory of the activations of a {@link TrainingPass}.
     *
     * @throws IllegalArgumentException if the shape has not the most targets for each of the heads
     */
    public long activationBytes(PassShape shape) {
        shape.requireTargetsFor(few.heads());
        return ofAllLayers(layers -> type().width()
                * Arena.measure(type(), arena -> PassActivations.plan(arena, layers, shape, TrainingPass.MOST_SCORES)));
    }

    /**
     * The memory that the kernels take beside all arrays for such passes.
     *
     * @param microBatches micro-batches of a training step; 0 if no backward passes follow
     * @throws IllegalArgumentException if the shape has not the most targets for each of the heads
     */
    public long scratchBytes(PassShape shape, int microBatches) {
        shape.requireTargetsFor(few.heads());
        int outputs = 1;
        int rowsAtATime = 1;
        for (int i = 0; i < few.heads().size(); i++) {
            Head head = few.heads().get(i);
            outputs = Math.max(outputs, head.outputs());
            rowsAtATime = Math.max(rowsAtATime, head.rowsAtATime(shape.maxTargets()[i], TrainingPass.MOST_SCORES));
        }
        return kernels.scratchBytes(new StepShape(
                shape.rows(),
                shape.seqLen(),
                shape.allTargets(),
                rowsAtATime,
                config.hiddenSize(),
                config.intermediateSize(),
                config.numAttentionHeads(),
                outputs,
                parameterBytes() + activationBytes(shape),
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
