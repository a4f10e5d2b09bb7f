package io.github.cloze4j.kernel;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataBuffer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Kernels that threads may share: one thread at a time computes, the others wait. An operation that is part of {@link
 * #exclusively} or {@link #asGraph} pays for this with a comparison of threads.
 *
 * <p>Also refuses closed kernels, arrays whose memory was closed, and labels that do not fit their scores, and keeps arrays
 * reachable while an operation knows only their addresses.
 */
final class GuardedKernels implements Kernels {
    private final Kernels kernels;
    private final ReentrantLock lock;
    /** Read and written by the thread that holds the lock. */
    private boolean closed;

    /**
     * Guards kernels that no one else uses.
     *
     * @param lock the lock of all kernels that share state with these; fair, so that a training that takes it again for
     *     each step lets others in
     */
    GuardedKernels(Kernels kernels, ReentrantLock lock) {
        this.kernels = kernels;
        this.lock = lock;
    }

    @Override
    public <T> T exclusively(Supplier<T> work) {
        lock.lock();
        try {
            return work.get();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        lock.lock();
        try {
            if (!closed) {
                closed = true;
                kernels.close();
            }
        } finally {
            lock.unlock();
        }
    }

    private <T> T get(Supplier<T> operation, @Nullable INDArray... arrays) {
        lock.lock();
        try {
            requireOpen(arrays);
            return operation.get();
        } finally {
            Reference.reachabilityFence(arrays);
            lock.unlock();
        }
    }

    private void run(Runnable operation, @Nullable INDArray... arrays) {
        lock.lock();
        try {
            requireOpen(arrays);
            operation.run();
        } finally {
            Reference.reachabilityFence(arrays);
            lock.unlock();
        }
    }

    private void requireOpen(@Nullable INDArray... arrays) {
        if (closed) {
            throw new IllegalStateException("Expected open kernels. Received: closed ones. Close kernels after the last"
                    + " use of every model on them");
        }
        for (INDArray array : arrays) {
            DataBuffer buffer = array == null ? null : array.data();
            if (buffer != null && Arena.isClosed(buffer)) {
                throw new IllegalStateException("Expected arrays of open models and passes. Received: an array of one"
                        + " that was closed. Close a model, a pass, an optimizer or an arena after its last use");
            }
        }
    }

    /** A result that a device may still compute; reading it uses the device. */
    private record GuardedPending<T>(GuardedKernels owner, Pending<T> result) implements Pending<T> {
        @Override
        public T read() {
            return owner.exclusively(result::read);
        }

        @Override
        public boolean isReady() {
            return owner.exclusively(result::isReady);
        }
    }

    private <T> Pending<T> guarded(Pending<T> result) {
        return result.isReady() ? result : new GuardedPending<>(this, result);
    }

    /** The clipping with the provider's own result, which may still be on the device. */
    private static Clipping unguarded(Clipping clipping) {
        return clipping.squaredNorm() instanceof GuardedPending<Double> norm ? clipping.with(norm.result()) : clipping;
    }

    @Override
    public String name() {
        return kernels.name();
    }

    @Override
    public DataType type() {
        return kernels.type();
    }

    @Override
    public String describe() {
        return kernels.describe();
    }

    @Override
    public <T> T asGraph(Supplier<T> operations) {
        return get(() -> kernels.asGraph(operations));
    }

    @Override
    public void upload(ByteBuffer from, INDArray x) {
        run(() -> kernels.upload(from, x), x);
    }

    @Override
    public void download(INDArray x, ByteBuffer into) {
        run(() -> kernels.download(x, into), x);
    }

    @Override
    public FreeMemory freeMemory() {
        return get(kernels::freeMemory);
    }

    @Override
    public long scratchBytes(StepShape shape) {
        return get(() -> kernels.scratchBytes(shape));
    }

    @Override
    public void zero(INDArray x) {
        run(() -> kernels.zero(x), x);
    }

    @Override
    public void multiply(INDArray x, INDArray y) {
        run(() -> kernels.multiply(x, y), x, y);
    }

    @Override
    public void gemm(
            boolean transposeA, boolean transposeB, double alpha, INDArray a, INDArray b, double beta, INDArray c) {
        run(() -> kernels.gemm(transposeA, transposeB, alpha, a, b, beta, c), a, b, c);
    }

    @Override
    public void linear(INDArray x, INDArray weight, INDArray bias, INDArray y) {
        run(() -> kernels.linear(x, weight, bias, y), x, weight, bias, y);
    }

    @Override
    public void linearActivation(
            INDArray x, INDArray weight, INDArray bias, Activation activation, INDArray derivative, INDArray y) {
        run(() -> kernels.linearActivation(x, weight, bias, activation, derivative, y), x, weight, bias, derivative, y);
    }

    @Override
    public void biasActivation(INDArray bias, Activation activation, INDArray z, INDArray y) {
        run(() -> kernels.biasActivation(bias, activation, z, y), bias, z, y);
    }

    @Override
    public void linearBackward(
            INDArray x,
            INDArray dy,
            INDArray weight,
            double beta,
            @Nullable INDArray dx,
            @Nullable INDArray dWeight,
            @Nullable INDArray dBias) {
        run(() -> kernels.linearBackward(x, dy, weight, beta, dx, dWeight, dBias), x, dy, weight, dx, dWeight, dBias);
    }

    @Override
    public void linearBackward(
            INDArray x,
            INDArray dy,
            INDArray weight,
            INDArray derivative,
            INDArray dz,
            @Nullable INDArray dWeight,
            @Nullable INDArray dBias) {
        run(
                () -> kernels.linearBackward(x, dy, weight, derivative, dz, dWeight, dBias),
                x,
                dy,
                weight,
                derivative,
                dz,
                dWeight,
                dBias);
    }

    @Override
    public void embeddingSum(
            int[] ids,
            int[] positionIds,
            int[] typeIds,
            INDArray words,
            INDArray positions,
            INDArray types,
            INDArray y) {
        run(
                () -> kernels.embeddingSum(ids, positionIds, typeIds, words, positions, types, y),
                words,
                positions,
                types,
                y);
    }

    @Override
    public void embeddingSumBackward(
            int[] ids,
            int[] positionIds,
            int[] typeIds,
            INDArray dy,
            @Nullable INDArray dWords,
            @Nullable INDArray dPositions,
            @Nullable INDArray dTypes) {
        run(
                () -> kernels.embeddingSumBackward(ids, positionIds, typeIds, dy, dWords, dPositions, dTypes),
                dy,
                dWords,
                dPositions,
                dTypes);
    }

    @Override
    public void dropout(Dropout dropout, INDArray x) {
        run(() -> kernels.dropout(dropout, x), x);
    }

    @Override
    public void addDropout(Dropout dropout, INDArray x, INDArray y) {
        run(() -> kernels.addDropout(dropout, x, y), x, y);
    }

    @Override
    public void residualLayerNorm(
            INDArray x,
            @Nullable INDArray residual,
            Dropout dropout,
            INDArray gamma,
            INDArray beta,
            double epsilon,
            INDArray normalized,
            INDArray inverseDeviation,
            INDArray y) {
        run(
                () -> kernels.residualLayerNorm(
                        x, residual, dropout, gamma, beta, epsilon, normalized, inverseDeviation, y),
                x,
                residual,
                gamma,
                beta,
                normalized,
                inverseDeviation,
                y);
    }

    @Override
    public void residualLayerNormBackward(
            INDArray dy,
            INDArray gamma,
            INDArray normalized,
            INDArray inverseDeviation,
            Dropout dropout,
            @Nullable INDArray dResidual,
            INDArray dx,
            @Nullable INDArray dGamma,
            @Nullable INDArray dBeta) {
        run(
                () -> kernels.residualLayerNormBackward(
                        dy, gamma, normalized, inverseDeviation, dropout, dResidual, dx, dGamma, dBeta),
                dy,
                gamma,
                normalized,
                inverseDeviation,
                dResidual,
                dx,
                dGamma,
                dBeta);
    }

    @Override
    public void attention(
            INDArray qkv, Documents documents, int heads, Dropout dropout, INDArray probabilities, INDArray context) {
        run(
                () -> kernels.attention(qkv, documents, heads, dropout, probabilities, context),
                qkv,
                probabilities,
                context);
    }

    @Override
    public void attentionBackward(
            INDArray dContext,
            INDArray qkv,
            Documents documents,
            int heads,
            Dropout dropout,
            INDArray probabilities,
            INDArray dQkv) {
        run(
                () -> kernels.attentionBackward(dContext, qkv, documents, heads, dropout, probabilities, dQkv),
                dContext,
                qkv,
                probabilities,
                dQkv);
    }

    @Override
    public Optional<CachedAttention> cachedAttention() {
        return kernels.cachedAttention().map(GuardedCachedAttention::new);
    }

    private final class GuardedCachedAttention implements CachedAttention {
        private final CachedAttention attention;

        GuardedCachedAttention(CachedAttention attention) {
            this.attention = attention;
        }

        @Override
        public void keep(INDArray qkv, Documents documents, int[] slots, INDArray cache) {
            run(() -> attention.keep(qkv, documents, slots, cache), qkv, cache);
        }

        @Override
        public void attend(INDArray qkv, int[] slots, int[] lengths, INDArray cache, INDArray context) {
            run(() -> attention.attend(qkv, slots, lengths, cache, context), qkv, cache, context);
        }

        @Override
        public void copy(INDArray from, int fromSlot, INDArray to, int toSlot, int first, int end) {
            run(() -> attention.copy(from, fromSlot, to, toSlot, first, end), from, to);
        }
    }

    @Override
    public void gatherRows(INDArray x, int[] rows, INDArray y) {
        run(() -> kernels.gatherRows(x, rows, y), x, y);
    }

    @Override
    public void gatherRowsBackward(INDArray dy, int[] rows, INDArray dx) {
        run(() -> kernels.gatherRowsBackward(dy, rows, dx), dy, dx);
    }

    @Override
    public Pending<LossSum> crossEntropy(INDArray logits, int[] labels, ClassLoss loss, double gradientScale) {
        LossArguments.requireClasses(logits, labels, loss);
        return get(() -> guarded(kernels.crossEntropy(logits, labels, loss, gradientScale)), logits);
    }

    @Override
    public Pending<LossSum> sigmoidCrossEntropy(INDArray logits, float[] values, double gradientScale) {
        LossArguments.requireShares(logits, values);
        return get(() -> guarded(kernels.sigmoidCrossEntropy(logits, values, gradientScale)), logits);
    }

    @Override
    public Pending<LossSum> squaredError(INDArray scores, float[] values, double gradientScale) {
        LossArguments.requireValues(scores, values);
        return get(() -> guarded(kernels.squaredError(scores, values, gradientScale)), scores);
    }

    @Override
    public Pending<LossSum> spanCrossEntropy(INDArray scores, int[] ends, int[] labels, double gradientScale) {
        LossArguments.requireSpans(scores, ends, labels);
        return get(() -> guarded(kernels.spanCrossEntropy(scores, ends, labels, gradientScale)), scores);
    }

    @Override
    public Pending<Double> squaredNorm(INDArray x) {
        return get(() -> guarded(kernels.squaredNorm(x)), x);
    }

    @Override
    public void adamW(INDArray value, INDArray gradient, INDArray firstMoment, INDArray secondMoment, AdamWStep step) {
        run(
                () -> kernels.adamW(value, gradient, firstMoment, secondMoment, step.with(unguarded(step.clipping()))),
                value,
                gradient,
                firstMoment,
                secondMoment);
    }

    @Override
    public long muonScratch(List<long[]> shapes) {
        return get(() -> kernels.muonScratch(shapes));
    }

    @Override
    public void muon(List<MuonMatrix> matrices, INDArray scratch, MuonStep step) {
        INDArray[] arrays = Stream.concat(
                        Stream.of(scratch),
                        matrices.stream().flatMap(of -> Stream.of(of.value(), of.gradient(), of.momentum())))
                .toArray(INDArray[]::new);
        run(() -> kernels.muon(matrices, scratch, step.with(unguarded(step.clipping()))), arrays);
    }
}
