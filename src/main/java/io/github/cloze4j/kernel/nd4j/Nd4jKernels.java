package io.github.cloze4j.kernel.nd4j;

import io.github.cloze4j.kernel.Activation;
import io.github.cloze4j.kernel.AdamWStep;
import io.github.cloze4j.kernel.CachedAttention;
import io.github.cloze4j.kernel.ClassLoss;
import io.github.cloze4j.kernel.Documents;
import io.github.cloze4j.kernel.Dropout;
import io.github.cloze4j.kernel.DropoutMask;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.kernel.LossSum;
import io.github.cloze4j.kernel.MuonMatrix;
import io.github.cloze4j.kernel.MuonStep;
import io.github.cloze4j.kernel.Pending;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.DynamicCustomOp;
import org.nd4j.linalg.factory.Nd4j;

/**
 * {@link Kernels} on ND4J: products, activations and softmax are its operations; what it has no sound or no bearable
 * operation for (rows by index, LayerNorm, small products of attention, dropout from Philox, AdamW) is plain Java on the
 * arrays' memory, in double precision.
 */
final class Nd4jKernels implements Kernels {
    static final String NAME = "nd4j";

    /** Elements of a unit of parallel work. */
    private static final int CHUNK = 1 << 14;

    private final DataType type;
    private final String backend;
    private final Nd4jThreads threads;
    private final Scratch scratch;
    private final LossKernels losses;
    private final MuonKernels muon;

    /** @param threads closed with these kernels */
    Nd4jKernels(DataType type, String backend, Nd4jThreads threads) {
        this.type = type;
        this.backend = backend;
        this.threads = threads;
        this.scratch = new Scratch(type);
        this.losses = new LossKernels(threads);
        this.muon = new MuonKernels(threads, this);
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public DataType type() {
        return type;
    }

    @Override
    public String describe() {
        return NAME + " (" + backend + ", " + type.name().toLowerCase(Locale.ROOT) + ")";
    }

    @Override
    public void close() {
        scratch.close();
        threads.close();
    }

    @Override
    public void upload(ByteBuffer from, INDArray x) {
        HostMatrix.upload(from, x);
    }

    @Override
    public void download(INDArray x, ByteBuffer into) {
        HostMatrix.download(x, into);
    }

    @Override
    public void zero(INDArray x) {
        threads.use();
        x.assign(0);
    }

    @Override
    public void multiply(INDArray x, INDArray y) {
        threads.use();
        y.muli(x);
    }

    @Override
    public void gemm(
            boolean transposeA, boolean transposeB, double alpha, INDArray a, INDArray b, double beta, INDArray c) {
        multiply(transposeA, transposeB, alpha, a, b, beta, c);
    }

    /** libnd4j's own product: it takes row-major views with any leading dimension as they are. */
    private void multiply(
            boolean transposeA, boolean transposeB, double alpha, INDArray a, INDArray b, double beta, INDArray c) {
        threads.use();
        Nd4j.exec(DynamicCustomOp.builder("matmul")
                .addInputs(a, b)
                .addOutputs(c)
                .addIntegerArguments(transposeA ? 1 : 0, transposeB ? 1 : 0, 0)
                .addFloatingPointArguments(alpha, beta)
                .build());
    }

    @Override
    public void linear(INDArray x, INDArray weight, INDArray bias, INDArray y) {
        multiply(false, true, 1, x, weight, 0, y);
        y.addiRowVector(bias);
    }

    @Override
    public void linearActivation(
            INDArray x, INDArray weight, INDArray bias, Activation activation, INDArray derivative, INDArray y) {
        multiply(false, true, 1, x, weight, 0, derivative);
        biasActivation(bias, activation, derivative, y);
    }

    @Override
    public void biasActivation(INDArray bias, Activation activation, INDArray z, INDArray y) {
        threads.use();
        z.addiRowVector(bias);
        ActivationFunctions.forward(activation, z, y);
        ActivationFunctions.derivative(activation, z, scratch);
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
            multiply(false, false, 1, dy, weight, beta, dx);
        }
        if (dWeight != null) {
            multiply(true, false, 1, dy, x, 1, dWeight);
        }
        if (dBias != null) {
            addColumnSums(dy, dBias);
        }
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
        linearBackward(x, dy, weight, 0, dz, dWeight, dBias);
        threads.use();
        dz.muli(derivative);
    }

    /** A product with ones: many times faster than {@code sum(0)}. */
    private void addColumnSums(INDArray x, INDArray sums) {
        INDArray ones = scratch.get(Scratch.Slot.ONES, 1, x.size(0));
        ones.assign(1);
        multiply(false, false, 1, ones, x, 1, sums.reshape(1, sums.length()));
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
        try (HostMatrix w = HostMatrix.of(words);
                HostMatrix p = HostMatrix.of(positions);
                HostMatrix t = HostMatrix.of(types);
                HostMatrix out = HostMatrix.of(y)) {
            int hidden = out.columns();
            double[] sum = new double[hidden];
            double[] row = new double[hidden];
            for (int i = 0; i < ids.length; i++) {
                w.read(ids[i] * hidden, sum, hidden);
                p.read(positionIds[i] * hidden, row, hidden);
                addTo(sum, row);
                t.read(typeIds[i] * hidden, row, hidden);
                addTo(sum, row);
                out.write(i * hidden, sum, hidden);
            }
        }
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

    /** {@code table[ids[i]] += dy[i]}, one after the other: ND4J's scatter_add races on equal ids. */
    private static void addRows(INDArray dy, int[] ids, @Nullable INDArray table) {
        if (table == null) {
            return;
        }
        try (HostMatrix from = HostMatrix.of(dy);
                HostMatrix to = HostMatrix.of(table)) {
            int hidden = from.columns();
            double[] sum = new double[hidden];
            double[] row = new double[hidden];
            for (int i = 0; i < ids.length; i++) {
                from.read(i * hidden, row, hidden);
                to.read(ids[i] * hidden, sum, hidden);
                addTo(sum, row);
                to.write(ids[i] * hidden, sum, hidden);
            }
        }
    }

    private static void addTo(double[] sum, double[] row) {
        for (int i = 0; i < sum.length; i++) {
            sum[i] += row[i];
        }
    }

    @Override
    public void dropout(Dropout dropout, INDArray x) {
        if (dropout.probability() == 0) {
            return;
        }
        DropoutMask mask = DropoutMask.of(dropout);
        try (HostMatrix matrix = HostMatrix.of(x)) {
            forEachChunk(x.length(), (start, count) -> {
                double[] chunk = new double[count];
                matrix.read(start, chunk, count);
                mask.apply(start, chunk, count);
                matrix.write(start, chunk, count);
            });
        }
    }

    @Override
    public void addDropout(Dropout dropout, INDArray x, INDArray y) {
        DropoutMask mask = DropoutMask.of(dropout);
        try (HostMatrix from = HostMatrix.of(x);
                HostMatrix to = HostMatrix.of(y)) {
            forEachChunk(x.length(), (start, count) -> {
                double[] chunk = new double[count];
                double[] sum = new double[count];
                from.read(start, chunk, count);
                mask.apply(start, chunk, count);
                to.read(start, sum, count);
                addTo(sum, chunk);
                to.write(start, sum, count);
            });
        }
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
        HostLayerNorm.forward(threads, x, residual, dropout, gamma, beta, epsilon, normalized, inverseDeviation, y);
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
        threads.use();
        if (dGamma != null) {
            addColumnSums(dy.mul(normalized, scratch.like(Scratch.Slot.FIRST, dy)), dGamma);
        }
        if (dBeta != null) {
            addColumnSums(dy, dBeta);
        }
        HostLayerNorm.backward(threads, dy, gamma, normalized, inverseDeviation, dropout, dResidual, dx);
    }

    @Override
    public void attention(
            INDArray qkv, Documents documents, int heads, Dropout dropout, INDArray probabilities, INDArray context) {
        HostAttention.forward(threads, qkv, documents, heads, dropout, probabilities, context);
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
        HostAttention.backward(threads, dContext, qkv, documents, heads, dropout, probabilities, dQkv);
    }

    @Override
    public Optional<CachedAttention> cachedAttention() {
        return Optional.of(new HostCachedAttention(threads));
    }

    @Override
    public void gatherRows(INDArray x, int[] rows, INDArray y) {
        try (HostMatrix from = HostMatrix.of(x);
                HostMatrix to = HostMatrix.of(y)) {
            double[] row = new double[from.columns()];
            for (int i = 0; i < rows.length; i++) {
                from.read(rows[i] * row.length, row, row.length);
                to.write(i * row.length, row, row.length);
            }
        }
    }

    @Override
    public void gatherRowsBackward(INDArray dy, int[] rows, INDArray dx) {
        zero(dx);
        addRows(dy, rows, dx);
    }

    @Override
    public Pending<LossSum> crossEntropy(INDArray logits, int[] labels, ClassLoss loss, double gradientScale) {
        return Pending.of(losses.crossEntropy(logits, labels, loss, gradientScale));
    }

    @Override
    public Pending<LossSum> sigmoidCrossEntropy(INDArray logits, float[] values, double gradientScale) {
        return Pending.of(losses.sigmoidCrossEntropy(logits, values, gradientScale));
    }

    @Override
    public Pending<LossSum> squaredError(INDArray scores, float[] values, double gradientScale) {
        return Pending.of(losses.squaredError(scores, values, gradientScale));
    }

    @Override
    public Pending<LossSum> spanCrossEntropy(INDArray scores, int[] ends, int[] labels, double gradientScale) {
        return Pending.of(losses.spanCrossEntropy(scores, ends, labels, gradientScale));
    }

    @Override
    public Pending<Double> squaredNorm(INDArray x) {
        double[] sums = new double[chunks(x.length())];
        try (HostMatrix matrix = HostMatrix.of(x)) {
            forEachChunk(x.length(), (start, count) -> {
                double[] chunk = new double[count];
                matrix.read(start, chunk, count);
                double sum = 0;
                for (double value : chunk) {
                    sum += value * value;
                }
                sums[start / CHUNK] = sum;
            });
        }
        double total = 0;
        for (double sum : sums) {
            total += sum;
        }
        return Pending.of(total);
    }

    @Override
    public void adamW(INDArray value, INDArray gradient, INDArray firstMoment, INDArray secondMoment, AdamWStep step) {
        double gradientScale = step.clipping().factor();
        if (Double.isNaN(gradientScale)) {
            return;
        }
        double rate = step.learningRate() / step.biasCorrection1();
        double rootCorrection = 1 / Math.sqrt(step.biasCorrection2());
        double keep = 1 - step.learningRate() * step.weightDecay();
        try (HostMatrix x = HostMatrix.of(value);
                HostMatrix dx = HostMatrix.of(gradient);
                HostMatrix first = HostMatrix.of(firstMoment);
                HostMatrix second = HostMatrix.of(secondMoment)) {
            forEachChunk(value.length(), (start, count) -> {
                for (int i = start; i < start + count; i++) {
                    double g = dx.get(i) * gradientScale;
                    double m = step.beta1() * first.get(i) + (1 - step.beta1()) * g;
                    double v = step.beta2() * second.get(i) + (1 - step.beta2()) * g * g;
                    first.put(i, m);
                    second.put(i, v);
                    x.put(i, keep * x.get(i) - rate * m / (Math.sqrt(v) * rootCorrection + step.epsilon()));
                    dx.put(i, 0);
                }
            });
        }
    }

    @Override
    public void muon(List<MuonMatrix> matrices, INDArray memory, MuonStep step) {
        muon.step(matrices, memory, step);
    }

    private interface ChunkWork {
        void run(int start, int count);
    }

    /** In parallel; what a chunk computes does not depend on the others, so neither does the result on the threads. */
    private void forEachChunk(long length, ChunkWork work) {
        int total = Math.toIntExact(length);
        threads.forEach(chunks(length), chunk -> {
            int start = chunk * CHUNK;
            work.run(start, Math.min(CHUNK, total - start));
        });
    }

    private static int chunks(long length) {
        return Math.toIntExact((length + CHUNK - 1) / CHUNK);
    }
}
