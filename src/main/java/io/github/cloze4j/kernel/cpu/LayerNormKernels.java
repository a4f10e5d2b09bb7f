package io.github.cloze4j.kernel.cpu;

import io.github.cloze4j.kernel.DropoutMask;
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
            int start = first * hidden;
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
            float[] scale = worker.block(3, hidden);
            float[] shift = worker.block(4, hidden);
            gamma.read(0, scale, hidden);
            beta.read(0, shift, hidden);
            for (int row = 0; row < rows; row++) {
                inverses[row] = normalize(sum, row * hidden, hidden, epsilon);
                affine(sum, row * hidden, scale, shift, other, hidden);
            }
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
        for (int i = start; i < start + hidden; i++) {
            x[i] -= mean;
        }
        float variance = Sums.ofProducts(x, x, start, hidden) / hidden;
        float inverse = (float) (1 / Math.sqrt(variance + epsilon));
        for (int i = start; i < start + hidden; i++) {
            x[i] *= inverse;
        }
        return inverse;
    }

    private static void affine(float[] x, int start, float[] scale, float[] shift, float[] y, int hidden) {
        for (int i = 0; i < hidden; i++) {
            y[start + i] = scale[i] * x[start + i] + shift[i];
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
            Floats dGamma,
            Floats dBeta) {
        int hidden = saved.hidden();
        int partRows = (saved.tokens() + PARTS - 1) / PARTS;
        int parts = (saved.tokens() + partRows - 1) / partRows;
        if (partialSums.length < parts * 2 * hidden) {
            partialSums = new float[parts * 2 * hidden];
        }
        float[] sums = partialSums;
        pool.run(parts, (part, worker) -> {
            int end = Math.min(saved.tokens(), (part + 1) * partRows);
            float[] scale = worker.block(3, hidden);
            float[] gammaSum = worker.block(4, hidden);
            float[] betaSum = worker.block(5, hidden);
            gamma.read(0, scale, hidden);
            java.util.Arrays.fill(gammaSum, 0, hidden, 0);
            java.util.Arrays.fill(betaSum, 0, hidden, 0);
            for (int first = part * partRows; first < end; first += saved.blockRows()) {
                int rows = Math.min(saved.blockRows(), end - first);
                blockBackward(worker, dy, saved, first, rows, scale, gammaSum, betaSum);
                write(worker, mask, first * hidden, rows * hidden, dResidual, dx);
            }
            System.arraycopy(gammaSum, 0, sums, part * 2 * hidden, hidden);
            System.arraycopy(betaSum, 0, sums, (part * 2 + 1) * hidden, hidden);
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
        dy.read(first * hidden, g, rows * hidden);
        saved.normalized().read(first * hidden, normalized, rows * hidden);
        saved.inverseDeviation().read(first, inverses, rows);
        for (int row = 0; row < rows; row++) {
            int start = row * hidden;
            addColumns(g, normalized, start, gammaSum, betaSum, hidden);
            scaleColumns(g, start, scale, hidden);
            float mean = Sums.of(g, start, hidden) / hidden;
            float meanProduct = Sums.ofProducts(g, normalized, start, hidden) / hidden;
            float inverse = inverses[row];
            for (int i = start; i < start + hidden; i++) {
                g[i] = inverse * (g[i] - mean - normalized[i] * meanProduct);
            }
        }
    }

    private static void addColumns(
            float[] dy, float[] normalized, int start, float[] gammaSum, float[] betaSum, int hidden) {
        for (int i = 0; i < hidden; i++) {
            gammaSum[i] += dy[start + i] * normalized[start + i];
        }
        for (int i = 0; i < hidden; i++) {
            betaSum[i] += dy[start + i];
        }
    }

    private static void scaleColumns(float[] g, int start, float[] scale, int hidden) {
        for (int i = 0; i < hidden; i++) {
            g[start + i] *= scale[i];
        }
    }

    private static void write(
            Worker worker, DropoutMask mask, int start, int count, @Nullable Floats dResidual, Floats dx) {
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

    private static void addParts(float[] sums, int offset, int parts, int hidden, Floats gradient) {
        for (int i = 0; i < hidden; i++) {
            double sum = gradient.get(i);
            for (int part = 0; part < parts; part++) {
                sum += sums[part * 2 * hidden + offset + i];
            }
            gradient.put(i, (float) sum);
        }
    }
}
