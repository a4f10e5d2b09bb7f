package io.github.cloze4j.kernel.cuda;

import io.github.cloze4j.kernel.Activation;
import io.github.cloze4j.kernel.AdamWStep;
import io.github.cloze4j.kernel.Arena;
import io.github.cloze4j.kernel.ClassLoss;
import io.github.cloze4j.kernel.Documents;
import io.github.cloze4j.kernel.Dropout;
import io.github.cloze4j.kernel.FreeMemory;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.kernel.LossSum;
import io.github.cloze4j.kernel.MuonMatrix;
import io.github.cloze4j.kernel.MuonStep;
import io.github.cloze4j.kernel.Pending;
import io.github.cloze4j.kernel.Precision;
import io.github.cloze4j.kernel.StepShape;
import io.github.cloze4j.kernel.cuda.LinearKernels.Matrix;
import io.github.cloze4j.kernel.cuda.RowKernels.Lookup;
import io.github.cloze4j.kernel.cuda.RowKernels.Saved;
import io.github.cloze4j.kernel.cuda.memory.DeviceQueue;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * {@link Kernels} in float on a CUDA device: finds where arrays and their shapes are on it, and hands over to a family of
 * kernels. What was asked for last is waited for in {@link #download} and where results
 * are read; elsewhere, at most what was asked for long before.
 *
 * <p>This class tells {@link io.github.cloze4j.kernel.cuda.memory.Bf16Copies} what an operation does with each array: {@code
 * in} is read, {@code out} is written, {@code inOut} is both. {@code copyOf} is the address to which the kernel also writes the
 * array in bf16, if a product is likely to read it. Families of kernels see to the operands of products.
 */
final class CudaKernels implements Kernels {
    static final String NAME = "cuda";

    private final DeviceQueue device;
    private final boolean bf16;
    private final String description;
    private final LinearKernels linear;
    private final AttentionKernels attention;
    private final RowKernels rows;
    private final FlatKernels flat;
    private final LossKernels losses;
    private final MuonKernels muon;

    /** @param device closed with these kernels */
    CudaKernels(DeviceQueue device, Precision precision) {
        this.device = device;
        bf16 = precision == Precision.BF16;
        description = NAME + " (" + device.driver().device() + ", " + precision.option() + ")";
        linear = new LinearKernels(device, precision);
        attention = new AttentionKernels(device, precision);
        rows = new RowKernels(device, linear);
        flat = new FlatKernels(device);
        losses = new LossKernels(device);
        muon = new MuonKernels(device, linear, flat);
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

    /** Frees all device memory, the queue and the compiled kernels. */
    @Override
    public void close() {
        device.close();
    }

    @Override
    public <T> T asGraph(Supplier<T> operations) {
        return device.graph().run(operations);
    }

    @Override
    public void upload(ByteBuffer from, INDArray x) {
        requireBytes(from, x);
        device.transfers().upload(from, out(x));
    }

    @Override
    public void download(INDArray x, ByteBuffer into) {
        requireBytes(into, x);
        device.transfers().download(in(x), into);
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
        return ScratchPlan.bytes(shape, bf16);
    }

    @Override
    public void zero(INDArray x) {
        device.driver().zero(out(x), x.length() * Float.BYTES);
    }

    @Override
    public void multiply(INDArray x, INDArray y) {
        linear.product(in(x), inOut(y), y.length(), copyOf(y));
    }

    @Override
    public void gemm(
            boolean transposeA, boolean transposeB, double alpha, INDArray a, INDArray b, double beta, INDArray c) {
        linear.multiply(transposeA, transposeB, alpha, matrix(a), matrix(b), beta, result(c, beta));
    }

    @Override
    public void linear(INDArray x, INDArray weight, INDArray bias, INDArray y) {
        linear.forward(matrix(x), matrix(weight), in(bias), result(y, 0));
    }

    @Override
    public void linearActivation(
            INDArray x, INDArray weight, INDArray bias, Activation activation, INDArray derivative, INDArray y) {
        linear.forward(matrix(x), matrix(weight), in(bias), activation, result(derivative, 0), result(y, 0), copyOf(y));
    }

    @Override
    public void biasActivation(INDArray bias, Activation activation, INDArray z, INDArray y) {
        linear.biasActivation(in(bias), activation, result(z, 1), result(y, 0), copyOf(y));
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
        if (dx != null) {
            linear.multiply(false, false, 1, matrix(dy), matrix(weight), beta, result(dx, beta));
        }
        backwardParameters(x, dy, dWeight, dBias);
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
        linear.backwardInput(matrix(dy), matrix(weight), in(derivative), result(dz, 0), copyOf(dz));
        backwardParameters(x, dy, dWeight, dBias);
    }

    private void backwardParameters(INDArray x, INDArray dy, @Nullable INDArray dWeight, @Nullable INDArray dBias) {
        if (dWeight != null) {
            linear.multiply(true, false, 1, matrix(dy), matrix(x), 1, result(dWeight, 1));
        }
        if (dBias != null) {
            linear.addColumnSums(matrix(dy), inOut(dBias));
        }
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
        rows.sum(lookup(words, ids), lookup(positions, positionIds), lookup(types, typeIds), columns(y), out(y));
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
        addRows(dy, ids, dWords);
        addRows(dy, positionIds, dPositions);
        addRows(dy, typeIds, dTypes);
    }

    private void addRows(INDArray dy, int[] ids, @Nullable INDArray dTable) {
        if (dTable != null) {
            rows.sumBackward(in(dy), new Lookup(inOut(dTable), rows(dTable), ids), columns(dy));
        }
    }

    private Lookup lookup(INDArray table, int[] ids) {
        return new Lookup(in(table), rows(table), ids);
    }

    @Override
    public void dropout(Dropout by, INDArray x) {
        if (by.probability() > 0) {
            flat.dropout(by, inOut(x), x.length(), copyOf(x));
        }
    }

    @Override
    public void addDropout(Dropout by, INDArray x, INDArray y) {
        flat.addDropout(by, in(x), inOut(y), y.length(), copyOf(y));
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
                in(x),
                residual == null ? null : in(residual),
                by,
                in(gamma),
                in(beta),
                epsilon,
                new Saved(out(normalized), out(inverseDeviation), rows(normalized), columns(normalized)),
                out(y),
                copyOf(y));
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
        rows.layerNormBackward(
                in(dy),
                in(gamma),
                new Saved(in(normalized), in(inverseDeviation), rows(normalized), columns(normalized)),
                by,
                dResidual == null ? null : out(dResidual),
                out(dx),
                copyOf(dx),
                dGamma == null ? null : inOut(dGamma),
                dBeta == null ? null : inOut(dBeta));
    }

    @Override
    public void attention(
            INDArray qkv, Documents documents, int heads, Dropout by, INDArray probabilities, INDArray context) {
        attention.forward(call(qkv, documents, heads, by, out(probabilities), probabilities.length()), out(context));
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
                call(qkv, documents, heads, by, in(probabilities), probabilities.length()),
                device.addressOf(dContext),
                out(dQkv));
    }

    private AttentionKernels.Call call(
            INDArray qkv, Documents documents, int heads, Dropout by, long probabilities, long room) {
        return new AttentionKernels.Call(
                device.addressOf(qkv), documents, columns(qkv) / 3, heads, by, probabilities, room);
    }

    @Override
    public void gatherRows(INDArray x, int[] from, INDArray y) {
        RowKernels.requireIndices(from, rows(x));
        rows.gather(in(x), from, columns(x), out(y), copyOf(y));
    }

    @Override
    public void gatherRowsBackward(INDArray dy, int[] to, INDArray dx) {
        RowKernels.requireIndices(to, rows(dx));
        zero(dx);
        rows.scatter(in(dy), to, columns(dx), inOut(dx));
    }

    @Override
    public Pending<LossSum> crossEntropy(INDArray logits, int[] labels, ClassLoss loss, double gradientScale) {
        RowKernels.requireIndices(labels, columns(logits));
        return losses.crossEntropy(scores(logits), labels, loss, gradientScale);
    }

    @Override
    public Pending<LossSum> sigmoidCrossEntropy(INDArray logits, float[] values, double gradientScale) {
        return losses.sigmoidCrossEntropy(scores(logits), values, gradientScale);
    }

    @Override
    public Pending<LossSum> squaredError(INDArray scores, float[] values, double gradientScale) {
        return losses.squaredError(scores(scores), values, gradientScale);
    }

    @Override
    public Pending<LossSum> spanCrossEntropy(INDArray scores, int[] ends, int[] labels, double gradientScale) {
        return losses.spanCrossEntropy(scores(scores), ends, labels, gradientScale);
    }

    private LossKernels.Scores scores(INDArray array) {
        return new LossKernels.Scores(inOut(array), columns(array), copyOf(array));
    }

    @Override
    public Pending<Double> squaredNorm(INDArray x) {
        return flat.squaredNorm(in(x), x.length());
    }

    @Override
    public void adamW(INDArray value, INDArray gradient, INDArray firstMoment, INDArray secondMoment, AdamWStep step) {
        if (bf16) {
            // A step that is skipped writes nothing, so what it leaves as the copy has to be one before.
            device.copies().operand(device.addressOf(value), value.length());
        }
        flat.adamW(
                inOut(value),
                copyOf(value),
                inOut(gradient),
                inOut(firstMoment),
                inOut(secondMoment),
                value.length(),
                step);
    }

    @Override
    public void muon(List<MuonMatrix> matrices, INDArray scratch, MuonStep step) {
        List<MuonKernels.Moved> moved = new ArrayList<>();
        for (MuonMatrix matrix : matrices) {
            INDArray value = matrix.value();
            if (bf16) {
                // As for AdamW: a step that is skipped leaves the copy that was there.
                device.copies().operand(device.addressOf(value), value.length());
            }
            moved.add(new MuonKernels.Moved(
                    inOut(value),
                    copyOf(value),
                    inOut(matrix.gradient()),
                    inOut(matrix.momentum()),
                    rows(value),
                    columns(value),
                    (float) step.keep(matrix),
                    (float) step.rate(matrix)));
        }
        muon.step(moved, out(scratch), step);
    }

    /** Where an array is that is read. */
    private long in(INDArray array) {
        return device.copies().floats(device.addressOf(array), Arena.span(array));
    }

    /** Where an array is all of which is written without being read. */
    private long out(INDArray array) {
        long address = device.addressOf(array);
        device.copies().stale(address, Arena.span(array));
        return address;
    }

    /** Where an array is that is read and written. */
    private long inOut(INDArray array) {
        in(array);
        return out(array);
    }

    /** Where its copy is that is written with it; 0 where there are none. */
    private long copyOf(INDArray array) {
        return bf16 ? device.copies().written(device.addressOf(array), array.length()) : 0;
    }

    /** An operand: as floats or as its copy, which is for the product to decide. */
    private Matrix matrix(INDArray array) {
        return new Matrix(device.addressOf(array), rows(array), columns(array), leading(array));
    }

    /** @param beta what the result's own numbers are multiplied by */
    private Matrix result(INDArray array, double beta) {
        boolean whole = leading(array) == columns(array);
        // Between rows that are apart are numbers that stay, perhaps in bf16 alone.
        long address = beta == 0 && whole ? out(array) : inOut(array);
        return new Matrix(address, rows(array), columns(array), leading(array));
    }

    /** Elements from a row to the next. */
    private static int leading(INDArray matrix) {
        return Math.toIntExact(Math.max(matrix.stride(0), matrix.size(1)));
    }

    private static int rows(INDArray matrix) {
        return Math.toIntExact(matrix.size(0));
    }

    private static int columns(INDArray matrix) {
        return Math.toIntExact(matrix.size(1));
    }
}
