package io.github.cloze4j.kernel.nd4j;

import io.github.cloze4j.kernel.Arena;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.kernel.MuonMatrix;
import io.github.cloze4j.kernel.MuonStep;
import io.github.cloze4j.kernel.NewtonSchulz;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Muon, one matrix after the other: products of ND4J, and rows in parallel in between. */
final class MuonKernels {
    private final Nd4jThreads threads;
    private final Kernels products;

    MuonKernels(Nd4jThreads threads, Kernels products) {
        this.threads = threads;
        this.products = products;
    }

    void step(List<MuonMatrix> matrices, INDArray scratch, MuonStep step) {
        double gradientScale = step.clipping().factor();
        if (Double.isNaN(gradientScale)) {
            return;
        }
        NewtonSchulz.Memory memory = NewtonSchulz.Memory.of(MuonMatrix.shapes(matrices), products.type());
        for (MuonMatrix matrix : matrices) {
            int rows = Math.toIntExact(matrix.value().size(0));
            int columns = Math.toIntExact(matrix.value().size(1));
            int side = Math.min(rows, columns);
            INDArray x = view(scratch, 0, rows, columns);
            INDArray other = view(scratch, memory.other(), rows, columns);
            INDArray square = view(scratch, memory.square(), side, side);
            INDArray polynomial = view(scratch, memory.polynomial(), side, side);
            normalize(x, direction(matrix, step.momentum(), gradientScale, x));
            for (int i = 0; i < NewtonSchulz.STEPS; i++) {
                boolean tall = rows > columns;
                products.gemm(tall, !tall, 1, x, x, 0, square);
                products.gemm(false, false, 1, square, square, 0, polynomial);
                polynomial(square, polynomial);
                products.gemm(false, false, 1, tall ? x : polynomial, tall ? polynomial : x, 0, other);
                INDArray next = other;
                other = x;
                x = next;
            }
            move(matrix.value(), step.keep(matrix), step.rate(matrix), x);
        }
    }

    private static INDArray view(INDArray scratch, long first, int rows, int columns) {
        return Arena.matrix(Arena.part(scratch, first, (long) rows * columns), rows, columns);
    }

    /** {@code m += (1 - μ) (g - m); x = g + μ (m - g)}; the gradient is left 0. Returns Σ x². */
    private double direction(MuonMatrix of, double momentum, double gradientScale, INDArray direction) {
        int rows = Math.toIntExact(direction.size(0));
        int columns = Math.toIntExact(direction.size(1));
        double[] sums = new double[rows];
        try (HostMatrix gradient = HostMatrix.of(of.gradient());
                HostMatrix mean = HostMatrix.of(of.momentum());
                HostMatrix x = HostMatrix.of(direction)) {
            threads.forEach(rows, row -> {
                for (int i = row * columns; i < (row + 1) * columns; i++) {
                    double g = gradient.get(i) * gradientScale;
                    double m = momentum * mean.get(i) + (1 - momentum) * g;
                    double ahead = momentum * m + (1 - momentum) * g;
                    mean.put(i, m);
                    gradient.put(i, 0);
                    x.put(i, ahead);
                    sums[row] += ahead * ahead;
                }
            });
        }
        double sum = 0;
        for (double ofRow : sums) {
            sum += ofRow;
        }
        return sum;
    }

    private void normalize(INDArray matrix, double squaredNorm) {
        double scale = 1 / Math.max(Math.sqrt(squaredNorm), NewtonSchulz.EPSILON);
        forEachRow(matrix, (x, start, end) -> {
            for (int i = start; i < end; i++) {
                x.put(i, x.get(i) * scale);
            }
        });
    }

    /** {@code p = a I + b G + c p}. */
    private void polynomial(INDArray square, INDArray polynomial) {
        try (HostMatrix g = HostMatrix.of(square)) {
            forEachRow(polynomial, (p, start, end) -> {
                for (int i = start; i < end; i++) {
                    p.put(i, NewtonSchulz.C * p.get(i) + NewtonSchulz.B * g.get(i));
                }
                int diagonal = start + start / p.columns();
                p.put(diagonal, p.get(diagonal) + NewtonSchulz.A);
            });
        }
    }

    /** {@code value = keep · value - rate · update}. */
    private void move(INDArray value, double keep, double rate, INDArray update) {
        try (HostMatrix by = HostMatrix.of(update)) {
            forEachRow(value, (x, start, end) -> {
                for (int i = start; i < end; i++) {
                    x.put(i, keep * x.get(i) - rate * by.get(i));
                }
            });
        }
    }

    private interface RowWork {
        void run(HostMatrix matrix, int start, int end);
    }

    private void forEachRow(INDArray array, RowWork work) {
        int columns = Math.toIntExact(array.size(1));
        try (HostMatrix matrix = HostMatrix.of(array)) {
            threads.forEach(
                    Math.toIntExact(array.size(0)), row -> work.run(matrix, row * columns, (row + 1) * columns));
        }
    }
}
