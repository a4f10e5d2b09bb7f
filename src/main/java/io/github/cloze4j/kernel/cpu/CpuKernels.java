package io.github.cloze4j.kernel.cpu;

import io.github.cloze4j.kernel.Activation;
import io.github.cloze4j.kernel.AdamWStep;
import io.github.cloze4j.kernel.Arena;
import io.github.cloze4j.kernel.CachedAttention;
import io.github.cloze4j.kernel.ClassLoss;
import io.github.cloze4j.kernel.Documents;
import io.github.cloze4j.kernel.Dropout;
import io.github.cloze4j.kernel.DropoutMask;
import io.github.cloze4j.kernel.HostLosses;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.kernel.LossSum;
import io.github.cloze4j.kernel.MuonMatrix;
import io.github.cloze4j.kernel.MuonStep;
import io.github.cloze4j.kernel.Pending;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** {@link Kernels} in float on a CPU: finds the memory and the shapes of arrays, and hands over to a family of kernels. */
final class CpuKernels implements Kernels {
    static final String NAME = "cpu";

    private final WorkerPool pool;
    private final String description;
    private final MemoryViews memory = new MemoryViews();
    private final Operands operands;
    private final LinearKernels linear;
    private final LinearKernels floatLinear;
    private final DropoutKernels dropout;
    private final LayerNormKernels layerNorm;
    private final AttentionKernels attention;
    private final CachedAttentionKernels cachedAttention;
    private final CrossEntropyKernels crossEntropy;
    private final HostLosses losses;
    private final RowKernels rows;
    private final FlatKernels flat;
    private final MuonKernels muon;

    /**
     * @param pool acquired for these kernels, which release it
     * @param gemm of the linear layers
     * @param operands as {@code gemm} takes them
     * @param floatGemm of attention, and of products that {@code gemm} does not take
     */
    CpuKernels(WorkerPool pool, Gemm gemm, Operands operands, Gemm floatGemm, RowSoftmax softmax) {
        this.pool = pool;
        this.operands = operands;
        description = NAME + " (" + gemm.describe() + ", float, " + pool.size()
                + (pool.size() == 1 ? " thread)" : " threads)");
        linear = new LinearKernels(pool, gemm, operands);
        floatLinear = new LinearKernels(pool, floatGemm, Operands.FLOAT);
        dropout = new DropoutKernels(pool);
        layerNorm = new LayerNormKernels(pool);
        attention = new AttentionKernels(pool, floatGemm, softmax);
        cachedAttention = new CachedAttentionKernels(pool, floatGemm, softmax, memory, this::written);
        crossEntropy = new CrossEntropyKernels(pool, softmax);
        losses = new HostLosses((items, item) -> pool.run(items, (index, worker) -> item.accept(index)));
        rows = new RowKernels(pool);
        flat = new FlatKernels(pool);
        muon = new MuonKernels(pool, gemm, operands);
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public DataType type() {
        return DataType.FLOAT;
    }

    @Override
    public String describe() {
        return description;
    }

    @Override
    public void close() {
        pool.release();
        operands.close();
    }

    @Override
    public void upload(ByteBuffer from, INDArray x) {
        requireBytes(from, x);
        written(x).upload(from);
    }

    @Override
    public void download(INDArray x, ByteBuffer into) {
        requireBytes(into, x);
        memory.of(x).download(into);
    }

    private static void requireBytes(ByteBuffer buffer, INDArray x) {
        long bytes = x.length() * Float.BYTES;
        if (buffer.remaining() != bytes) {
            throw new IllegalArgumentException(
                    "Expected a buffer with " + bytes + " bytes remaining. Received: " + buffer.remaining());
        }
    }

    @Override
    public void zero(INDArray x) {
        flat.zero(written(x), x.length());
    }

    @Override
    public void multiply(INDArray x, INDArray y) {
        flat.multiply(memory.of(x), written(y), x.length());
    }

    @Override
    public void gemm(
            boolean transposeA, boolean transposeB, double alpha, INDArray a, INDArray b, double beta, INDArray c) {
        boolean plain = alpha == 1 && (beta == 0 || beta == 1);
        (plain ? linear : floatLinear)
                .multiply(
                        transposeA,
                        transposeB,
                        transposeA ? rows(a) : columns(a),
                        (float) alpha,
                        matrix(a),
                        matrix(b),
                        (float) beta,
                        new LinearKernels.Matrix(written(c), rows(c), columns(c), leading(c)));
    }

    @Override
    public void linear(INDArray x, INDArray weight, INDArray bias, INDArray y) {
        linear.forward(memory.of(x), memory.of(weight), memory.of(bias), rows(x), columns(x), columns(y), written(y));
    }

    @Override
    public void linearActivation(
            INDArray x, INDArray weight, INDArray bias, Activation activation, INDArray derivative, INDArray y) {
        linear.forward(
                memory.of(x),
                memory.of(weight),
                memory.of(bias),
                rows(x),
                columns(x),
                columns(y),
                activation,
                written(derivative),
                written(y));
    }

    @Override
    public void biasActivation(INDArray bias, Activation activation, INDArray z, INDArray y) {
        linear.biasActivation(memory.of(bias), rows(z), columns(z), activation, written(z), written(y));
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
        linearBackward(x, dy, weight, (float) beta, null, dx, dWeight, dBias);
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
        linearBackward(x, dy, weight, 0, memory.of(derivative), dz, dWeight, dBias);
    }

    private void linearBackward(
            INDArray x,
            INDArray dy,
            INDArray weight,
            float beta,
            @Nullable Floats derivative,
            @Nullable INDArray dx,
            @Nullable INDArray dWeight,
            @Nullable INDArray dBias) {
        linear.backward(
                new LinearKernels.Backward(
                        memory.of(x), memory.of(dy), memory.of(weight), rows(x), columns(x), columns(dy)),
                beta,
                derivative,
                new LinearKernels.Gradients(writtenOrNull(dx), writtenOrNull(dWeight), writtenOrNull(dBias)));
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
        rows.sum(
                new RowKernels.Lookup(memory.of(words), ids),
                new RowKernels.Lookup(memory.of(positions), positionIds),
                new RowKernels.Lookup(memory.of(types), typeIds),
                columns(y),
                written(y));
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
        rows.sumBackward(
                memory.of(dy),
                Stream.of(lookup(dWords, ids), lookup(dPositions, positionIds), lookup(dTypes, typeIds))
                        .flatMap(Optional::stream)
                        .toList(),
                columns(dy));
    }

    private Optional<RowKernels.Lookup> lookup(@Nullable INDArray table, int[] ids) {
        return Optional.ofNullable(table).map(trained -> new RowKernels.Lookup(written(trained), ids));
    }

    @Override
    public void dropout(Dropout by, INDArray x) {
        if (by.probability() > 0) {
            dropout.inPlace(DropoutMask.of(by), written(x), x.length());
        }
    }

    @Override
    public void addDropout(Dropout by, INDArray x, INDArray y) {
        dropout.adding(DropoutMask.of(by), memory.of(x), written(y), x.length());
    }

    @Override
    public void residualLayerNorm(
            INDArray x,
            @Nullable INDArray residual,
            Dropout by,
            INDArray gamma,
            INDArray beta,
            double epsilon,
            INDArray normalized,
            INDArray inverseDeviation,
            INDArray y) {
        layerNorm.forward(
                memory.of(x),
                memory.ofNullable(residual),
                DropoutMask.of(by),
                memory.of(gamma),
                memory.of(beta),
                epsilon,
                saved(written(normalized), written(inverseDeviation), normalized),
                written(y));
    }

    @Override
    public void residualLayerNormBackward(
            INDArray dy,
            INDArray gamma,
            INDArray normalized,
            INDArray inverseDeviation,
            Dropout by,
            @Nullable INDArray dResidual,
            INDArray dx,
            @Nullable INDArray dGamma,
            @Nullable INDArray dBeta) {
        layerNorm.backward(
                memory.of(dy),
                memory.of(gamma),
                saved(memory.of(normalized), memory.of(inverseDeviation), normalized),
                DropoutMask.of(by),
                writtenOrNull(dResidual),
                written(dx),
                writtenOrNull(dGamma),
                writtenOrNull(dBeta));
    }

    private static LayerNormKernels.Saved saved(Floats normalized, Floats inverseDeviation, INDArray shape) {
        return new LayerNormKernels.Saved(normalized, inverseDeviation, rows(shape), columns(shape));
    }

    @Override
    public void attention(
            INDArray qkv, Documents documents, int heads, Dropout by, INDArray probabilities, INDArray context) {
        attention.forward(
                call(qkv, documents, heads, by, written(probabilities), probabilities.length()), written(context));
    }

    @Override
    public void attentionBackward(
            INDArray dContext,
            INDArray qkv,
            Documents documents,
            int heads,
            Dropout by,
            INDArray probabilities,
            INDArray dQkv) {
        attention.backward(
                call(qkv, documents, heads, by, memory.of(probabilities), probabilities.length()),
                memory.of(dContext),
                written(dQkv));
    }

    private AttentionKernels.Call call(
            INDArray qkv, Documents documents, int heads, Dropout by, Floats probabilities, long room) {
        return new AttentionKernels.Call(
                memory.of(qkv), documents, heads, columns(qkv) / 3, DropoutMask.of(by), probabilities, (int)
                        Math.min(Integer.MAX_VALUE, room / ((long) heads * documents.tokens())));
    }

    @Override
    public Optional<CachedAttention> cachedAttention() {
        return Optional.of(cachedAttention);
    }

    @Override
    public void gatherRows(INDArray x, int[] from, INDArray y) {
        rows.gather(memory.of(x), from, columns(x), written(y));
    }

    @Override
    public void gatherRowsBackward(INDArray dy, int[] to, INDArray dx) {
        flat.zero(written(dx), dx.length());
        rows.scatter(memory.of(dy), to, columns(dx), written(dx));
    }

    @Override
    public Pending<LossSum> crossEntropy(INDArray logits, int[] labels, ClassLoss loss, double gradientScale) {
        return Pending.of(
                loss.equals(ClassLoss.PLAIN)
                        ? crossEntropy.apply(written(logits), labels, columns(logits), gradientScale)
                        : losses.crossEntropy(scores(logits), columns(logits), labels, loss, gradientScale));
    }

    @Override
    public Pending<LossSum> sigmoidCrossEntropy(INDArray logits, float[] values, double gradientScale) {
        return Pending.of(losses.sigmoidCrossEntropy(scores(logits), columns(logits), values, gradientScale));
    }

    @Override
    public Pending<LossSum> squaredError(INDArray scores, float[] values, double gradientScale) {
        return Pending.of(losses.squaredError(scores(scores), columns(scores), values, gradientScale));
    }

    @Override
    public Pending<LossSum> spanCrossEntropy(INDArray scores, int[] ends, int[] labels, double gradientScale) {
        return Pending.of(losses.spanCrossEntropy(scores(scores), ends, labels, gradientScale));
    }

    private HostLosses.Scores scores(INDArray written) {
        return new FloatScores(written(written));
    }

    @Override
    public Pending<Double> squaredNorm(INDArray x) {
        return Pending.of(flat.squaredNorm(memory.of(x), x.length()));
    }

    @Override
    public void adamW(INDArray value, INDArray gradient, INDArray firstMoment, INDArray secondMoment, AdamWStep step) {
        double gradientScale = step.clipping().factor();
        if (Double.isNaN(gradientScale)) {
            return;
        }
        flat.adamW(
                written(value),
                written(gradient),
                written(firstMoment),
                written(secondMoment),
                value.length(),
                step,
                gradientScale);
    }

    @Override
    public long muonScratch(List<long[]> shapes) {
        return muon.scratch(shapes);
    }

    @Override
    public void muon(List<MuonMatrix> matrices, INDArray scratch, MuonStep step) {
        double gradientScale = step.clipping().factor();
        if (Double.isNaN(gradientScale)) {
            return;
        }
        List<MuonKernels.Matrix> moved = matrices.stream()
                .map(matrix -> new MuonKernels.Matrix(
                        written(matrix.value()),
                        written(matrix.gradient()),
                        written(matrix.momentum()),
                        rows(matrix.value()),
                        columns(matrix.value()),
                        (float) step.keep(matrix),
                        (float) step.rate(matrix)))
                .toList();
        muon.step(moved, written(scratch), step, gradientScale);
    }

    /** The memory of an array that the operation writes: operands that were made of it are out of date. */
    private Floats written(INDArray array) {
        Floats floats = memory.of(array);
        operands.changed(floats, Arena.span(array));
        return floats;
    }

    private @Nullable Floats writtenOrNull(@Nullable INDArray array) {
        return array == null ? null : written(array);
    }

    private LinearKernels.Matrix matrix(INDArray array) {
        return new LinearKernels.Matrix(memory.of(array), rows(array), columns(array), leading(array));
    }

    /** Elements from a row to the next. */
    private static long leading(INDArray matrix) {
        return Math.max(matrix.stride(0), matrix.size(1));
    }

    private static int rows(INDArray matrix) {
        return (int) matrix.size(0);
    }

    private static int columns(INDArray matrix) {
        return (int) matrix.size(1);
    }
}
