package io.github.cloze4j.kernel.cpu;

import io.github.cloze4j.kernel.AdamWStep;
import java.util.Arrays;

/** Passes over flat memory, as fast as memory: zero, product, squared norm, AdamW. */
final class FlatKernels {
    /** Elements of an item. */
    private static final int ITEM = 1 << 16;

    /** Elements that AdamW reads, moves and writes back at a time: measured fastest, longer and shorter. */
    private static final int BLOCK = 1 << 9;

    /** Squares that are summed side by side in float, before they are added up in double. */
    private static final int LANES = 1 << 8;

    private static final float[] ZEROS = new float[BLOCK];

    private final WorkerPool pool;
    private double[] partialSums = new double[0];

    FlatKernels(WorkerPool pool) {
        this.pool = pool;
    }

    private interface BlockTask {
        void run(Worker worker, long start, int count);
    }

    private void forEachBlock(long length, BlockTask task) {
        pool.run(items(length), (item, worker) -> {
            long end = Math.min(length, (item + 1L) * ITEM);
            for (long start = (long) item * ITEM; start < end; start += BLOCK) {
                task.run(worker, start, (int) Math.min(BLOCK, end - start));
            }
        });
    }

    private static int items(long length) {
        return Math.toIntExact((length + ITEM - 1) / ITEM);
    }

    /** {@code x = 0}. */
    void zero(Floats x, long length) {
        forEachBlock(length, (worker, start, count) -> x.write(start, ZEROS, count));
    }

    /** {@code y = x ∘ y}. */
    void multiply(Floats x, Floats y, long length) {
        forEachBlock(length, (worker, start, count) -> {
            float[] a = worker.block(0, BLOCK);
            float[] b = worker.block(1, BLOCK);
            x.read(start, a, count);
            y.read(start, b, count);
            for (int i = 0; i < count; i++) {
                b[i] *= a[i];
            }
            y.write(start, b, count);
        });
    }

    /** Σ x². */
    double squaredNorm(Floats x, long length) {
        int items = items(length);
        if (partialSums.length < items) {
            partialSums = new double[items];
        }
        double[] sums = partialSums;
        pool.run(items, (item, worker) -> {
            long end = Math.min(length, (item + 1L) * ITEM);
            float[] block = worker.block(0, LANES);
            float[] squares = worker.block(1, LANES);
            Arrays.fill(squares, 0, LANES, 0);
            for (long start = (long) item * ITEM; start < end; start += LANES) {
                int count = (int) Math.min(LANES, end - start);
                x.read(start, block, count);
                addSquares(block, squares, count);
            }
            double sum = 0;
            for (int i = 0; i < LANES; i++) {
                sum += squares[i];
            }
            sums[item] = sum;
        });
        double total = 0;
        for (int item = 0; item < items; item++) {
            total += sums[item];
        }
        return total;
    }

    private static void addSquares(float[] x, float[] squares, int count) {
        for (int i = 0; i < count; i++) {
            squares[i] += x[i] * x[i];
        }
    }

    /** The numbers of a step as its loop takes them. */
    private record Factors(
            float gradientScale,
            float beta1,
            float rest1,
            float beta2,
            float rest2,
            float keep,
            float rate,
            float rootCorrection,
            float epsilon) {
        static Factors of(AdamWStep step, double gradientScale) {
            return new Factors(
                    (float) gradientScale,
                    (float) step.beta1(),
                    (float) (1 - step.beta1()),
                    (float) step.beta2(),
                    (float) (1 - step.beta2()),
                    (float) (1 - step.learningRate() * step.weightDecay()),
                    (float) (step.learningRate() / step.biasCorrection1()),
                    (float) (1 / Math.sqrt(step.biasCorrection2())),
                    (float) step.epsilon());
        }
    }

    /** AdamW (Loshchilov and Hutter, 2019); the gradient is left 0. */
    void adamW(
            Floats value,
            Floats gradient,
            Floats firstMoment,
            Floats secondMoment,
            long length,
            AdamWStep step,
            double gradientScale) {
        Factors factors = Factors.of(step, gradientScale);
        forEachBlock(length, (worker, start, count) -> {
            float[] x = worker.block(0, BLOCK);
            float[] g = worker.block(1, BLOCK);
            float[] m = worker.block(2, BLOCK);
            float[] v = worker.block(3, BLOCK);
            value.read(start, x, count);
            gradient.read(start, g, count);
            firstMoment.read(start, m, count);
            secondMoment.read(start, v, count);
            update(factors, g, m, v, x, count);
            value.write(start, x, count);
            gradient.write(start, ZEROS, count);
            firstMoment.write(start, m, count);
            secondMoment.write(start, v, count);
        });
    }

    /** {@code m = β₁ m + (1 − β₁) g; v = β₂ v + (1 − β₂) g²; x = (1 − lr λ) x − lr / c₁ · m / (√v / √c₂ + ε)}. */
    private static void update(Factors factors, float[] gradient, float[] m, float[] v, float[] x, int count) {
        float scale = factors.gradientScale;
        float beta1 = factors.beta1;
        float rest1 = factors.rest1;
        float beta2 = factors.beta2;
        float rest2 = factors.rest2;
        float keep = factors.keep;
        float rate = factors.rate;
        float rootCorrection = factors.rootCorrection;
        float epsilon = factors.epsilon;
        for (int i = 0; i < count; i++) {
            float g = gradient[i] * scale;
            float mean = beta1 * m[i] + rest1 * g;
            float square = beta2 * v[i] + rest2 * g * g;
            m[i] = mean;
            v[i] = square;
            x[i] = keep * x[i] - rate * mean / ((float) Math.sqrt(square) * rootCorrection + epsilon);
        }
    }
}
