package io.github.cloze4j.kernel.cpu;

import io.github.cloze4j.kernel.MuonStep;
import io.github.cloze4j.kernel.NewtonSchulz;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * Muon. Each thread takes one matrix after the other and computes its whole step: products of one thread keep small matrices in its
 * cache, no thread waits for another between them, and the result has the same bits for any number of threads.
 */
final class MuonKernels {
    /** Elements that are read, changed and written back at a time. */
    private static final int BLOCK = 1 << 10;

    private static final float[] ZEROS = new float[BLOCK];

    private final WorkerPool pool;
    private final Gemm gemm;
    private final Operands operands;

    /** @param operands as {@code gemm} takes them */
    MuonKernels(WorkerPool pool, Gemm gemm, Operands operands) {
        this.pool = pool;
        this.gemm = gemm;
        this.operands = operands;
    }

    /**
     * A matrix that is moved.
     *
     * @param keep the factor that the value shrinks by
     * @param rate the learning rate of the matrix
     */
    record Matrix(Floats value, Floats gradient, Floats momentum, int rows, int columns, float keep, float rate) {
        int length() {
            return rows * columns;
        }
    }

    /** Each thread that has a matrix to compute has memory of its own. */
    long scratch(List<long[]> shapes) {
        return Math.min(pool.size(), shapes.size()) * memory(shapes).elements();
    }

    private NewtonSchulz.Memory memory(List<long[]> shapes) {
        return NewtonSchulz.Memory.of(shapes, DataType.FLOAT, length -> operands.room(Math.toIntExact(length)));
    }

    /** @param scratch of {@link #scratch} elements for these matrices */
    void step(List<Matrix> matrices, Floats scratch, MuonStep step, double gradientScale) {
        List<long[]> shapes = matrices.stream()
                .map(matrix -> new long[] {matrix.rows, matrix.columns})
                .toList();
        NewtonSchulz.Memory memory = memory(shapes);
        AtomicInteger taken = new AtomicInteger();
        pool.run(Math.min(pool.size(), matrices.size()), (lane, worker) -> {
            Place place = new Place(worker, scratch, lane * memory.elements(), memory);
            for (int i = taken.getAndIncrement(); i < matrices.size(); i = taken.getAndIncrement()) {
                step(matrices.get(i), place, (float) step.momentum(), (float) gradientScale);
            }
        });
    }

    /** The memory of one thread: {@code start} is its first element. */
    private record Place(Worker worker, Floats scratch, long start, NewtonSchulz.Memory memory) {
        long other() {
            return start + memory.other();
        }

        long square() {
            return start + memory.square();
        }

        long polynomial() {
            return start + memory.polynomial();
        }
    }

    private void step(Matrix matrix, Place at, float momentum, float gradientScale) {
        double squaredNorm = direction(matrix, at, momentum, gradientScale);
        normalize(at, matrix.length(), squaredNorm);
        boolean tall = matrix.rows > matrix.columns;
        int side = Math.min(matrix.rows, matrix.columns);
        int longest = Math.max(matrix.rows, matrix.columns);
        long x = at.start;
        long other = at.other();
        for (int i = 0; i < NewtonSchulz.STEPS; i++) {
            Operand ofX = operand(at, 0, x, matrix.length());
            product(at, tall, !tall, side, side, longest, ofX, matrix.columns, ofX, matrix.columns, at.square());
            Operand square = operand(at, 1, at.square(), side * side);
            product(at, false, false, side, side, side, square, side, square, side, at.polynomial());
            polynomial(at, side);
            Operand polynomial = operand(at, 1, at.polynomial(), side * side);
            if (tall) {
                product(at, false, false, longest, side, side, ofX, side, polynomial, side, other);
            } else {
                product(at, false, false, side, longest, side, polynomial, side, ofX, longest, other);
            }
            long next = other;
            other = x;
            x = next;
        }
        move(matrix, at, x);
    }

    private Operand operand(Place at, int image, long first, int length) {
        return operands.ofScratch(at.worker, image, at.scratch, first, length);
    }

    /** {@code c [m, n] = op(a) · op(b)}; c is a place in the scratch. */
    private void product(
            Place at,
            boolean transposeA,
            boolean transposeB,
            int m,
            int n,
            int k,
            Operand a,
            int lda,
            Operand b,
            int ldb,
            long c) {
        gemm.multiply(
                at.worker,
                transposeA,
                transposeB,
                m,
                n,
                k,
                1,
                a.address(0),
                lda,
                b.address(0),
                ldb,
                0,
                at.scratch.address(c),
                n);
    }

    /** {@code m += (1 - μ) (g - m); x = g + μ (m - g)}; the gradient is left 0. Returns Σ x². */
    private static double direction(Matrix of, Place at, float momentum, float gradientScale) {
        float[] g = at.worker.block(0, BLOCK);
        float[] m = at.worker.block(1, BLOCK);
        double sum = 0;
        for (int start = 0; start < of.length(); start += BLOCK) {
            int count = Math.min(BLOCK, of.length() - start);
            of.gradient.read(start, g, count);
            of.momentum.read(start, m, count);
            direction(momentum, gradientScale, m, g, count);
            of.momentum.write(start, m, count);
            of.gradient.write(start, ZEROS, count);
            at.scratch.write(at.start + start, g, count);
            sum += sumOfSquares(g, count);
        }
        return sum;
    }

    private static void direction(float momentum, float scale, float[] m, float[] g, int count) {
        float rest = 1 - momentum;
        for (int i = 0; i < count; i++) {
            float gradient = g[i] * scale;
            float mean = momentum * m[i] + rest * gradient;
            m[i] = mean;
            g[i] = momentum * mean + rest * gradient;
        }
    }

    private static double sumOfSquares(float[] x, int count) {
        double sum = 0;
        for (int i = 0; i < count; i++) {
            sum += (double) x[i] * x[i];
        }
        return sum;
    }

    private static void normalize(Place at, int length, double squaredNorm) {
        float scale = (float) (1 / Math.max(Math.sqrt(squaredNorm), NewtonSchulz.EPSILON));
        float[] x = at.worker.block(0, BLOCK);
        for (int start = 0; start < length; start += BLOCK) {
            int count = Math.min(BLOCK, length - start);
            at.scratch.read(at.start + start, x, count);
            for (int i = 0; i < count; i++) {
                x[i] *= scale;
            }
            at.scratch.write(at.start + start, x, count);
        }
    }

    /** {@code p = a I + b G + c p}. */
    private static void polynomial(Place at, int side) {
        float[] g = at.worker.block(0, side);
        float[] p = at.worker.block(1, side);
        for (int row = 0; row < side; row++) {
            long start = (long) row * side;
            at.scratch.read(at.square() + start, g, side);
            at.scratch.read(at.polynomial() + start, p, side);
            polynomial(g, p, side);
            p[row] += (float) NewtonSchulz.A;
            at.scratch.write(at.polynomial() + start, p, side);
        }
    }

    private static void polynomial(float[] g, float[] p, int count) {
        for (int i = 0; i < count; i++) {
            p[i] = (float) NewtonSchulz.C * p[i] + (float) NewtonSchulz.B * g[i];
        }
    }

    /** {@code value = keep · value - rate · x}. */
    private static void move(Matrix matrix, Place at, long update) {
        float[] value = at.worker.block(0, BLOCK);
        float[] x = at.worker.block(1, BLOCK);
        for (int start = 0; start < matrix.length(); start += BLOCK) {
            int count = Math.min(BLOCK, matrix.length() - start);
            matrix.value.read(start, value, count);
            at.scratch.read(update + start, x, count);
            move(matrix.keep, matrix.rate, x, value, count);
            matrix.value.write(start, value, count);
        }
    }

    private static void move(float keep, float rate, float[] x, float[] value, int count) {
        for (int i = 0; i < count; i++) {
            value[i] = keep * value[i] - rate * x[i];
        }
    }
}
