package io.github.cloze4j.kernel.cuda;

import io.github.cloze4j.kernel.Activation;
import io.github.cloze4j.kernel.AdamWStep;
import io.github.cloze4j.kernel.Dropout;
import io.github.cloze4j.kernel.FreeMemory;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.kernel.LossSum;
import io.github.cloze4j.kernel.Precision;
import io.github.cloze4j.kernel.StepShape;
import io.github.cloze4j.kernel.cuda.LinearKernels.Matrix;
import io.github.cloze4j.kernel.cuda.RowKernels.Lookup;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * {@link Kernels} in float on a CUDA device: finds where arrays and their shapes are on it, and hands over to a family of
 * kernels. Numbers cross in {@link #upload} and {@link #download} only; {@link #crossEntropy} and {@link #squaredNorm} wait
 * for their results.
 */
final class CudaKernels implements Kernels {
    static final String NAME = "cuda";

    private final DeviceQueue device;
    private final Precision precision;
    private final String description;
    private final LinearKernels linear;
    private final AttentionKernels attention;
    private final RowKernels rows;
    private final FlatKernels flat;

    CudaKernels(DeviceQueue device, Precision precision) {
        this.device = device;
        this.precision = precision;
        description =
                NAME + " (" + device.driver().device() + ", " + (precision == Precision.BF16 ? "bf16" : "float") + ")";
        linear = new LinearKernels(device, precision);
        attention = new AttentionKernels(device);
        rows = new RowKernels(device, linear);
        flat = new FlatKernels(device);
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String describe() {
        return description;
    }

    @Override
    public void upload(ByteBuffer from, INDArray x) {
        requireBytes(from, x);
        device.transfers().upload(from, at(x));
    }

    @Override
    public void download(INDArray x, ByteBuffer into) {
        requireBytes(into, x);
        device.transfers().download(at(x), into);
    }

    private static void requireBytes(ByteBuffer buffer, INDArray x) {
        long bytes = x.length() * Float.BYTES;
        if (buffer.remaining() != bytes) {
            throw new IllegalArgumentException(
                    "Expected a buffer with " + bytes + " bytes remaining. Received: " + buffer.remaining());
        }
    }

    @Override
    public FreeMemory freeMemory() {
        return device.freeMemory();
    }

    @Override
    public long scratchBytes(StepShape shape) {
        return ScratchPlan.bytes(shape, precision == Precision.BF16);
    }

    @Override
    public void zero(INDArray x) {
        device.driver().zero(at(x), x.length() * Float.BYTES);
    }

    @Override
    public void multiply(INDArray x, INDArray y) {
        linear.product(at(x), at(y), y.length());
    }

    @Override
    public void gemm(
            boolean transposeA, boolean transposeB, double alpha, INDArray a, INDArray b, double beta, INDArray c) {
        linear.multiply(transposeA, transposeB, alpha, matrix(a), matrix(b), beta, matrix(c));
    }

    @Override
    public void repeatedProduct(INDArray a, INDArray b, INDArray c, int times) {
        linear.repeatedProduct(matrix(a), matrix(b), matrix(c), times);
    }

    @Override
    public boolean runsAhead() {
        return true;
    }

    @Override
    public void finish() {
        device.driver().synchronize();
    }

    @Override
    public void linear(INDArray x, INDArray weight, INDArray bias, INDArray y) {
        linear.forward(matrix(x), matrix(weight), at(bias), matrix(y));
    }

    @Override
    public void linearActivation(
            INDArray x, INDArray weight, INDArray bias, Activation activation, INDArray derivative, INDArray y) {
        linear.forward(matrix(x), matrix(weight), at(bias), activation, matrix(derivative), matrix(y));
    }

    @Override
    public void linearBackwardInput(INDArray dy, INDArray weight, double beta, INDArray dx) {
        linear.multiply(false, false, 1, matrix(dy), matrix(weight), beta, matrix(dx));
    }

    @Override
    public void linearBackwardInput(INDArray dy, INDArray weight, INDArray derivative, INDArray dx) {
        linear.backwardInput(matrix(dy), matrix(weight), at(derivative), matrix(dx));
    }

    @Override
    public void linearBackwardParameters(INDArray x, INDArray dy, INDArray dWeight, INDArray dBias) {
        linear.backwardParameters(matrix(x), matrix(dy), matrix(dWeight), at(dBias));
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
        rows.sum(lookup(words, ids), lookup(positions, positionIds), lookup(types, typeIds), columns(y), at(y));
    }

    @Override
    public void embeddingSumBackward(
            int[] ids,
            int[] positionIds,
            int[] typeIds,
            INDArray dy,
            INDArray dWords,
            INDArray dPositions,
            INDArray dTypes) {
        rows.sumBackward(at(dy), lookup(dWords, ids), columns(dy));
        rows.sumBackward(at(dy), lookup(dPositions, positionIds), columns(dy));
        rows.sumBackward(at(dy), lookup(dTypes, typeIds), columns(dy));
    }

    private Lookup lookup(INDArray table, int[] ids) {
        return new Lookup(at(table), Math.toIntExact(table.size(0)), ids);
    }

    @Override
    public void dropout(Dropout by, INDArray x) {
        flat.dropout(by, at(x), x.length());
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
        rows.layerNorm(
                at(x),
                residual == null ? null : at(residual),
                by,
                at(gamma),
                at(beta),
                epsilon,
                saved(normalized, inverseDeviation),
                at(y));
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
            INDArray dGamma,
            INDArray dBeta) {
        rows.layerNormBackward(
                at(dy),
                at(gamma),
                saved(normalized, inverseDeviation),
                by,
                dResidual == null ? null : at(dResidual),
                at(dx),
                at(dGamma),
                at(dBeta));
    }

    private RowKernels.Saved saved(INDArray normalized, INDArray inverseDeviation) {
        return new RowKernels.Saved(
                at(normalized), at(inverseDeviation), Math.toIntExact(normalized.size(0)), columns(normalized));
    }

    @Override
    public void attention(
            INDArray qkv, int[] documentOffsets, int heads, Dropout by, INDArray probabilities, INDArray context) {
        attention.forward(call(qkv, documentOffsets, heads, by, probabilities), at(context));
    }

    @Override
    public void attentionBackward(
            INDArray dContext,
            INDArray qkv,
            int[] documentOffsets,
            int heads,
            Dropout by,
            INDArray probabilities,
            INDArray dQkv) {
        attention.backward(call(qkv, documentOffsets, heads, by, probabilities), at(dContext), at(dQkv));
    }

    private AttentionKernels.Call call(INDArray qkv, int[] offsets, int heads, Dropout by, INDArray probabilities) {
        return new AttentionKernels.Call(
                at(qkv), offsets, columns(qkv) / 3, heads, by, at(probabilities), probabilities.length());
    }

    @Override
    public void gatherRows(INDArray x, int[] from, INDArray y) {
        RowKernels.requireIndices(from, Math.toIntExact(x.size(0)));
        rows.gather(at(x), from, columns(x), at(y));
    }

    @Override
    public void gatherRowsBackward(INDArray dy, int[] to, INDArray dx) {
        RowKernels.requireIndices(to, Math.toIntExact(dx.size(0)));
        zero(dx);
        rows.scatter(at(dy), to, columns(dx), at(dx));
    }

    @Override
    public void gatherRowsBackwardAdding(INDArray dy, int[] to, INDArray dx) {
        RowKernels.requireIndices(to, Math.toIntExact(dx.size(0)));
        rows.add(at(dy), to, columns(dx), at(dx));
    }

    @Override
    public LossSum crossEntropy(INDArray logits, int[] labels, double gradientScale) {
        RowKernels.requireIndices(labels, columns(logits));
        return flat.crossEntropy(at(logits), labels, columns(logits), gradientScale);
    }

    @Override
    public double squaredNorm(INDArray x) {
        return flat.squaredNorm(at(x), x.length());
    }

    @Override
    public void adamW(INDArray value, INDArray gradient, INDArray firstMoment, INDArray secondMoment, AdamWStep step) {
        flat.adamW(at(value), at(gradient), at(firstMoment), at(secondMoment), value.length(), step);
    }

    private long at(INDArray array) {
        return device.addressOf(array);
    }

    private Matrix matrix(INDArray array) {
        return new Matrix(at(array), Math.toIntExact(array.size(0)), columns(array));
    }

    private static int columns(INDArray matrix) {
        return Math.toIntExact(matrix.size(1));
    }
}
