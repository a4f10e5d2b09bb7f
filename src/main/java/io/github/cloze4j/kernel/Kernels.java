package io.github.cloze4j.kernel;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The arithmetic of BERT's training step, in forward/backward pairs.
 *
 * <p>All arrays are row-major views of an {@link Arena}, of one floating-point type. A backward operation <em>adds</em> to
 * gradients of parameters ({@code dWeight += …}) and <em>writes</em> gradients of activations ({@code dx = …}). The gradient
 * of a parameter may be null: then the parameter is frozen, its gradient is not computed, and all other results have the same
 * bits as with it. Where two arguments may be the same array, the method says so.
 *
 * <p>Kernels of {@link KernelProviders} are thread-safe: one thread at a time computes with them and the others wait, in the
 * order in which they came. Threads that are to compute at the same time need kernels of their own. Work that belongs
 * together, such as a forward pass and the reading of its output, is kept together by {@link #exclusively}. An array of
 * a model or a pass that was closed is refused with an {@link IllegalStateException}, as is every operation after
 * {@link #close}. Implementations need not be thread-safe: {@link KernelProviders} guards them.
 *
 * <p>Shapes: {@code tokens} rows of a batch, {@code in}/{@code out} widths of a linear layer, {@code hidden} the model's
 * width.
 */
public interface Kernels extends AutoCloseable {
    /** The provider's name, as {@code --kernels} takes it. */
    String name();

    /** The number type of all arrays. */
    DataType type();

    /** The provider, its library and number type, for the log. */
    String describe();

    /**
     * Runs work while no other thread uses these kernels; waits for a thread that does. The work may call this again.
     *
     * @param work operations and reads of their results
     */
    default <T> T exclusively(Supplier<T> work) {
        return work.get();
    }

    /**
     * Frees what the kernels keep for themselves, after the operation of another thread has ended; a second call does
     * nothing. The threads that the kernels computed with end. Models on these kernels are closed first or after, but not
     * used any more.
     */
    @Override
    void close();

    /**
     * Runs operations that recur, such as those of a training step. A device records them as one graph and launches the graph;
     * on a processor they just run.
     *
     * @param operations calls operations of these kernels. A device that cannot record the graph discards it and runs this
     *     again. So it neither reads a {@link Pending} nor changes anything on the host
     */
    default <T> T asGraph(Supplier<T> operations) {
        return operations.get();
    }

    /**
     * Copies elements into an array.
     *
     * @param from as many bytes remaining as x has, elements in native byte order; its position stays
     */
    void upload(ByteBuffer from, INDArray x);

    /**
     * Copies elements out of an array.
     *
     * @param into the buffer for the bytes of x, in native byte order; exactly that many remain in it, and its position stays
     */
    void download(INDArray x, ByteBuffer into);

    /**
     * The free memory where these kernels keep arrays: arrays that do not fit are refused before they are allocated.
     */
    default FreeMemory freeMemory() {
        return FreeMemory.ofMachine();
    }

    /**
     * The bytes that the provider takes beside all arenas for passes of a shape, including those that it already holds. 0 if the
     * provider does not plan them, as on a processor, whose libraries and threads allocate as they go.
     */
    default long scratchBytes(StepShape shape) {
        return 0;
    }

    /** {@code x = 0}. */
    void zero(INDArray x);

    /** {@code y = x ∘ y}, element by element; same shape. */
    void multiply(INDArray x, INDArray y);

    /**
     * {@code c = alpha · op(a) · op(b) + beta · c} on matrices, where {@code op} transposes or not. Each of the three may be some
     * columns of a wider matrix ({@link Arena#columns}), whose other columns stay as they are.
     *
     * @param beta 0 writes c without reading it
     */
    void gemm(boolean transposeA, boolean transposeB, double alpha, INDArray a, INDArray b, double beta, INDArray c);

    /** {@code y = x · weightᵀ + bias}: x {@code [tokens, in]}, weight {@code [out, in]}, bias {@code [out]}. */
    void linear(INDArray x, INDArray weight, INDArray bias, INDArray y);

    /**
     * {@code y = f(z)} with {@code z = x · weightᵀ + bias}.
     *
     * @param derivative {@code [tokens, out]} written, for backward: {@code f'(z)}
     * @param y {@code [tokens, out]} written
     */
    void linearActivation(
            INDArray x, INDArray weight, INDArray bias, Activation activation, INDArray derivative, INDArray y);

    /**
     * {@code y = f(z + bias)}: the rest of {@link #linearActivation} for a product that something was added to.
     *
     * @param z {@code [tokens, out]}; {@code f'(z + bias)} takes its place, for backward
     * @param y {@code [tokens, out]} written; not z
     */
    void biasActivation(INDArray bias, Activation activation, INDArray z, INDArray y);

    /**
     * {@code dx = dy · weight + beta · dx}, {@code dWeight += dyᵀ · x}, {@code dBias += } column sums of dy.
     *
     * @param beta 0 or 1; if it is 0, dx is written without being read
     * @param dx {@code [tokens, in]}; not x; null if nothing before the layer is trained
     * @param dWeight {@code [out, in]}; null if the weight is frozen
     * @param dBias {@code [out]}; null if the bias is frozen
     */
    void linearBackward(
            INDArray x,
            INDArray dy,
            INDArray weight,
            double beta,
            @Nullable INDArray dx,
            @Nullable INDArray dWeight,
            @Nullable INDArray dBias);

    /**
     * Backward of a linear layer and of the activation {@code x = f(z)} before it: {@code dz = (dy · weight) ∘
     * derivative}.
     *
     * @param derivative {@code [tokens, in]} as {@link #linearActivation} left it
     * @param dz {@code [tokens, in]} written; not x
     * @param dWeight {@code [out, in]}; null if the weight is frozen
     * @param dBias {@code [out]}; null if the bias is frozen
     */
    void linearBackward(
            INDArray x,
            INDArray dy,
            INDArray weight,
            INDArray derivative,
            INDArray dz,
            @Nullable INDArray dWeight,
            @Nullable INDArray dBias);

    /** {@code y[t] = words[ids[t]] + positions[positionIds[t]] + types[typeIds[t]]}: y {@code [tokens, hidden]}. */
    void embeddingSum(
            int[] ids,
            int[] positionIds,
            int[] typeIds,
            INDArray words,
            INDArray positions,
            INDArray types,
            INDArray y);

    /** Adds each row of dy to the three rows it came from, in the order of the tokens; a table that is null is frozen. */
    void embeddingSumBackward(
            int[] ids,
            int[] positionIds,
            int[] typeIds,
            INDArray dy,
            @Nullable INDArray dWords,
            @Nullable INDArray dPositions,
            @Nullable INDArray dTypes);

    /** {@code x = dropout(x)} in place. Backward is the same call on the gradient. */
    void dropout(Dropout dropout, INDArray x);

    /** {@code y += dropout(x)}; same shape. */
    void addDropout(Dropout dropout, INDArray x, INDArray y);

    /**
     * LayerNorm (Ba et al., 2016) of {@code residual + dropout(x)}.
     *
     * @param x {@code [tokens, hidden]}
     * @param residual {@code [tokens, hidden]}, or null for none
     * @param gamma {@code [hidden]}
     * @param beta {@code [hidden]}
     * @param epsilon added to the (biased) variance
     * @param normalized {@code [tokens, hidden]} written, for backward: zero mean, unit variance
     * @param inverseDeviation {@code [tokens]} written, for backward
     * @param y {@code [tokens, hidden]} written: {@code gamma · normalized + beta}
     */
    void residualLayerNorm(
            INDArray x,
            @Nullable INDArray residual,
            Dropout dropout,
            INDArray gamma,
            INDArray beta,
            double epsilon,
            INDArray normalized,
            INDArray inverseDeviation,
            INDArray y);

    /**
     * Backward of {@link #residualLayerNorm}.
     *
     * @param dResidual {@code [tokens, hidden]} written; null if there was no residual
     * @param dx {@code [tokens, hidden]} written; not dResidual; may be dy
     * @param dGamma {@code [hidden]}; null if gamma is frozen
     * @param dBeta {@code [hidden]}; null if beta is frozen
     */
    void residualLayerNormBackward(
            INDArray dy,
            INDArray gamma,
            INDArray normalized,
            INDArray inverseDeviation,
            Dropout dropout,
            @Nullable INDArray dResidual,
            INDArray dx,
            @Nullable INDArray dGamma,
            @Nullable INDArray dBeta);

    /**
     * Scaled dot-product attention (Vaswani et al., 2017) within each document, on all heads. Each token attends to the
     * tokens that {@code documents} lets it see; the others change neither its output nor its gradient.
     *
     * @param qkv {@code [tokens, 3 * hidden]}: query, key, value side by side, heads side by side within each
     * @param documents of the batch, and what their tokens see; dropout draws the same mask whatever they see
     * @param heads divides hidden
     * @param dropout on the probabilities
     * @param probabilities {@code [heads * tokens * longest document]} at least; written, for backward, in an order of
     *     the provider's own
     * @param context {@code [tokens, hidden]} written
     */
    void attention(
            INDArray qkv, Documents documents, int heads, Dropout dropout, INDArray probabilities, INDArray context);

    /** Backward of {@link #attention}: dQkv {@code [tokens, 3 * hidden]} is written. */
    void attentionBackward(
            INDArray dContext,
            INDArray qkv,
            Documents documents,
            int heads,
            Dropout dropout,
            INDArray probabilities,
            INDArray dQkv);

    /** Attention of texts that grow token by token; empty if these kernels keep no keys and values, as on a device. */
    default Optional<CachedAttention> cachedAttention() {
        return Optional.empty();
    }

    /** {@code y[i] = x[rows[i]]}. */
    void gatherRows(INDArray x, int[] rows, INDArray y);

    /** {@code dx = 0}, then {@code dx[rows[i]] = dy[i]}; no row twice. */
    void gatherRowsBackward(INDArray dy, int[] rows, INDArray dx);

    /** {@link #crossEntropy(INDArray, int[], ClassLoss, double)} with {@link ClassLoss#PLAIN}. */
    default Pending<LossSum> crossEntropy(INDArray logits, int[] labels, double gradientScale) {
        return crossEntropy(logits, labels, ClassLoss.PLAIN, gradientScale);
    }

    /**
     * Softmax of each row, and its loss against its label. The gradient of {@code gradientScale · sum} takes the place of the
     * logits. If a row's loss is not finite, neither is its gradient. A row is correct if its label is the first of its
     * highest logits.
     *
     * @param logits {@code [rows, classes]}; a vocabulary has as many classes as words
     * @param labels {@code [rows]}, each in [0, classes)
     */
    Pending<LossSum> crossEntropy(INDArray logits, int[] labels, ClassLoss loss, double gradientScale);

    /**
     * Binary cross-entropy of each logit's sigmoid against a value: the sum over rows of the mean over columns, as PyTorch's
     * {@code BCEWithLogitsLoss}. The gradient of {@code gradientScale · sum} takes the place of the logits; that of a row
     * whose loss is not finite is not finite. A row is correct if its logits are above 0 exactly where its values are
     * above 0.5.
     *
     * @param logits {@code [rows, columns]}
     * @param values {@code [rows, columns]}, row by row, each in [0, 1]
     */
    Pending<LossSum> sigmoidCrossEntropy(INDArray logits, float[] values, double gradientScale);

    /**
     * Squared difference of each score and a value: the sum over rows of the mean over columns. The gradient of {@code
     * gradientScale · sum} takes the place of the scores; that of a row whose loss is not finite is not finite. There
     * are no right answers to count ({@link LossSum#NO_ANSWERS}).
     *
     * @param scores {@code [rows, columns]}
     * @param values {@code [rows, columns]}, row by row, finite
     */
    Pending<LossSum> squaredError(INDArray scores, float[] values, double gradientScale);

    /**
     * Softmax of each column over the rows of a group, and cross-entropy against the row where a span starts (first column) or
     * ends (second column): the sum over groups of the mean of both, as in question answering (Devlin et al., 2019). The
     * gradient of {@code gradientScale · sum} takes the place of the scores; that of a column of a group whose loss is not
     * finite is not finite. A group is correct if both labels are the first of the highest scores.
     *
     * @param scores {@code [rows, 2]}
     * @param ends {@code [groups]}: the row behind the last of each group. Groups follow each other without gaps
     * @param labels {@code [groups, 2]}: start and last row of the span, counted inside the group
     */
    Pending<LossSum> spanCrossEntropy(INDArray scores, int[] ends, int[] labels, double gradientScale);

    /** Σ x², accumulated in double. */
    Pending<Double> squaredNorm(INDArray x);

    /**
     * One AdamW step on flat memory: updates the value and both moments, and sets the gradient to 0 for the next step, which
     * saves a pass over memory. If the norm of {@link AdamWStep#clipping} is not finite, all four arrays stay as they are. Later
     * steps then change nothing either, until the gradient is set to 0.
     */
    void adamW(INDArray value, INDArray gradient, INDArray firstMoment, INDArray secondMoment, AdamWStep step);

    /**
     * The elements of memory that {@link #muon} computes in.
     *
     * @param shapes {@code [out, in]} of each matrix
     */
    default long muonScratch(List<long[]> shapes) {
        return NewtonSchulz.Memory.of(shapes, type()).elements();
    }

    /**
     * One step of Muon: {@code m += (1 - μ) (g - m); x = keep · x - rate · NS(g + μ (m - g))}, where NS is {@link NewtonSchulz}.
     * Products may be in bf16, as in the reference code, if linear layers are. Gradients are left 0. If the norm of {@link MuonStep#clipping} is not finite, all
     * matrices stay as they are, as in {@link #adamW}.
     *
     * @param scratch as many elements as {@link #muonScratch} names for these matrices, of any content
     */
    void muon(List<MuonMatrix> matrices, INDArray scratch, MuonStep step);
}
