package io.github.cloze4j.kernel.cpu;

import io.github.cloze4j.kernel.DropoutMask;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** LayerNorm (Ba et al., 2016) of {@code residual + dropout(x)}, forward and backward in one pass over memory each. */
final class LayerNormKernels {
    /** Elements of a block: a few such arrays fit a second-level cache. */
    private static final int BLOCK = 1 << 13;

    /** Parts that sum gradients of gamma and beta on their own, added up in their order. */
    private static final int PARTS = 32;

    private final WorkerPool pool;
    private float[] partialSums = new float[0];

    LayerNormKernels(WorkerPool pool) {
        this.pool = pool;
    }

    /** What backward needs of forward, and the shape. */
    record Saved(Floats normalized, Floats inverseDeviation, int tokens, int hidden) {
        int blockRows() {
            return Math.max(1, BLOCK / hidden);
        }
    }

    void forward(
            Floats x,
            @Nullable Floats residual,
            DropoutMask mask,
            Floats gamma,
            Floats beta,
            double epsilon,
            Saved saved,
            Floats y) {
        int hidden = saved.hidden();
        int blockRows = saved.blockRows();
        pool.run((saved.tokens() + blockRows - 1) / blockRows, (item, worker) -> {
            int first = item * blockRows;
            int rows = Math.min(blockRows, saved.tokens() - first);
            long start = (long) first * hidden;
            int count = rows * hidden;
            float[] sum = worker.block(0, count);
            float[] other = worker.block(1, count);
            if (mask.keepsAll()) {
                x.read(start, sum, count);
            } else {
                DropoutKernels.readDropped(worker, mask, start, x, start, sum, count);
            }
            if (residual == null) {
                DropoutKernels.scale(mask.scale(), sum, count);
            } else {
                residual.read(start, other, count);
                addScaled(mask.scale(), other, sum, count);
            }
            float[] inverses = worker.block(2, rows);
            for (int row = 0; row < rows; row++) {
                inverses[row] = normalize(sum, row * hidden, hidden, epsilon);
            }
            affine(
                    sum,
                    gamma.readTiled(0, worker.block(3, rows * hidden), hidden, rows),
                    beta.readTiled(0, worker.block(4, rows * hidden), hidden, rows),
                    other,
                    count);
            saved.normalized().write(start, sum, count);
            saved.inverseDeviation().write(first, inverses, rows);
            y.write(start, other, count);
        });
    }

    /** {@code x = factor · x + residual}. */
    private static void addScaled(float factor, float[] residual, float[] x, int count) {
        for (int i = 0; i < count; i++) {
            x[i] = factor * x[i] + residual[i];
        }
    }

    /** A row to mean 0 and variance 1; returns what the centred row was multiplied by. */
    private static float normalize(float[] x, int start, int hidden, double epsilon) {
        float mean = Sums.of(x, start, hidden) / hidden;
        float variance = Sums.ofSquaredDistances(x, mean, start, hidden) / hidden;
        float inverse = (float) (1 / Math.sqrt(variance + epsilon));
        for (int i = start; i < start + hidden; i++) {
            x[i] = (x[i] - mean) * inverse;
        }
        return inverse;
    }

    private static void affine(float[] x, float[] scale, float[] shift, float[] y, int count) {
        for (int i = 0; i < count; i++) {
            y[i] = scale[i] * x[i] + shift[i];
        }
    }

    /**
     * With {@code g = dy · gamma}: {@code dSum = inverse · (g − mean(g) − normalized · mean(g · normalized))}, which is
     * the gradient of the residual and, dropped out, of x.
     */
    void backward(
            Floats dy,
            Floats gamma,
            Saved saved,
            DropoutMask mask,
            @Nullable Floats dResidual,
            Floats dx,
            @Nullable Floats dGamma,
            @Nullable Floats dBeta) {
        int hidden = saved.hidden();
        int partRows = (saved.tokens() + PARTS - 1) / PARTS;
        int parts = (saved.tokens() + partRows - 1) / partRows;
        if (partialSums.length < parts * 2 * hidden) {
            partialSums = new float[parts * 2 * hidden];
        }
        float[] sums = partialSums;
        pool.run(parts, (part, worker) -> {
            int end = Math.min(saved.tokens(), (part + 1) * partRows);
            int blockRows = Math.min(saved.blockRows(), partRows);
            float[] scale = gamma.readTiled(0, worker.block(3, blockRows * hidden), hidden, blockRows);
            float[] gammaSum = worker.block(4, blockRows * hidden);
            float[] betaSum = worker.block(5, blockRows * hidden);
            Arrays.fill(gammaSum, 0, blockRows * hidden, 0);
            Arrays.fill(betaSum, 0, blockRows * hidden, 0);
            for (int first = part * partRows; first < end; first += blockRows) {
                int rows = Math.min(blockRows, end - first);
                blockBackward(worker, dy, saved, first, rows, scale, gammaSum, betaSum);
                write(worker, mask, (long) first * hidden, rows * hidden, dResidual, dx);
            }
            foldRows(worker, gammaSum, blockRows, hidden, sums, part * 2 * hidden);
            foldRows(worker, betaSum, blockRows, hidden, sums, (part * 2 + 1) * hidden);
        });
        addParts(sums, 0, parts, hidden, dGamma);
        addParts(sums, hidden, parts, hidden, dBeta);
    }

    /** Leaves dSum of the rows in block 0. */
    private static void blockBackward(
            Worker worker,
            Floats dy,
            Saved saved,
            int first,
            int rows,
            float[] scale,
            float[] gammaSum,
            float[] betaSum) {
        int hidden = saved.hidden();
        float[] g = worker.block(0, rows * hidden);
        float[] normalized = worker.block(1, rows * hidden);
        float[] inverses = worker.block(2, rows);
        dy.read((long) first * hidden, g, rows * hidden);
        saved.normalized().read((long) first * hidden, normalized, rows * hidden);
        saved.inverseDeviation().read(first, inverses, rows);
        int count = rows * hidden;
        for (int i = 0; i < count; i++) {
            gammaSum[i] += g[i] * normalized[i];
        }
        for (int i = 0; i < count; i++) {
            betaSum[i] += g[i];
        }
        for (int i = 0; i < count; i++) {
            g[i] *= scale[i];
        }
        for (int row = 0; row < rows; row++) {
            int start = row * hidden;
            float mean = Sums.of(g, start, hidden) / hidden;
            float meanProduct = Sums.ofProducts(g, normalized, start, hidden) / hidden;
            float inverse = inverses[row];
            for (int i = start; i < start + hidden; i++) {
                g[i] = inverse * (g[i] - mean - normalized[i] * meanProduct);
            }
        }
    }

    /** The rows of a block added up. */
    private static void foldRows(Worker worker, float[] block, int rows, int hidden, float[] sums, int at) {
        float[] total = worker.block(0, hidden);
        float[] row = worker.block(1, hidden);
        System.arraycopy(block, 0, total, 0, hidden);
        for (int r = 1; r < rows; r++) {
            System.arraycopy(block, r * hidden, row, 0, hidden);
            Sums.add(row, total, hidden);
        }
        System.arraycopy(total, 0, sums, at, hidden);
    }

    private static void write(
            Worker worker, DropoutMask mask, long start, int count, @Nullable Floats dResidual, Floats dx) {
        float[] g = worker.block(0, count);
        if (dResidual != null) {
            dResidual.write(start, g, count);
        }
        if (mask.keepsAll()) {
            dx.write(start, g, count);
        } else {
            DropoutKernels.scale(mask.scale(), g, count);
            DropoutKernels.writeDropped(worker, mask, start, g, dx, start, count);
        }
    }

    private static void addParts(float[] sums, int offset, int parts, int hidden, @Nullable Floats gradient) {
        if (gradient == null) {
            return;
        }
        for (int i = 0; i < hidden; i++) {
            double sum = gradient.get(i);
            for (int part = 0; part < parts; part++) {
                sum += sums[part * 2 * hidden + offset + i];
            }
            gradient.put(i, (float) sum);
        }
    }
}
