package io.github.cloze4j.kernel.cuda;

import io.github.cloze4j.kernel.Activation;
import io.github.cloze4j.kernel.Precision;
import io.github.cloze4j.kernel.cuda.DeviceScratch.Slot;
import io.github.cloze4j.kernel.cuda.MatrixProduct.Numbers;
import io.github.cloze4j.kernel.cuda.MatrixProduct.Operand;

/** Linear layers: products, and what is added or multiplied to their results. */
final class LinearKernels {
    private static final int WARP = 32;
    private static final int MOST_WARPS = LaunchGeometry.THREADS / WARP;

    /** Parts that a column is summed in. The order of a sum depends on it, so it is the same on every GPU. */
    private static final int MOST_PARTS = 64;

    private static final int ROWS_OF_A_PART = 64;
    private static final int MOST_ROWS_AT_A_TIME = 128;
    private static final long NO_COPY = 0;

    private final DeviceQueue device;
    private final boolean bf16;

    LinearKernels(DeviceQueue device, Precision precision) {
        this.device = device;
        bf16 = precision == Precision.BF16;
    }

    /** A stored matrix without gaps. */
    record Matrix(long address, int rows, int columns) {
        long length() {
            return (long) rows * columns;
        }
    }

    /** {@code c = alpha · op(a) · op(b) + beta · c}; as linear layers multiply where alpha is 1 and beta 0 or 1. */
    void multiply(boolean transposeA, boolean transposeB, double alpha, Matrix a, Matrix b, double beta, Matrix c) {
        device.driver().multiply(prepared(transposeA, transposeB, alpha, a, b, beta, c));
    }

    /** {@code c = a · b} so many times, operands rounded once. */
    void repeatedProduct(Matrix a, Matrix b, Matrix c, int times) {
        MatrixProduct product = prepared(false, false, 1, a, b, 0, c);
        for (int i = 0; i < times; i++) {
            device.driver().multiply(product);
        }
    }

    private MatrixProduct prepared(
            boolean transposeA, boolean transposeB, double alpha, Matrix a, Matrix b, double beta, Matrix c) {
        boolean rounded = bf16 && alpha == 1 && (beta == 0 || beta == 1);
        long left = rounded ? rounded(Slot.BF16_LEFT, a) : a.address();
        long right = rounded ? rounded(Slot.BF16_RIGHT, b) : b.address();
        return new MatrixProduct(
                rounded ? Numbers.BF16 : Numbers.FP32,
                c.rows(),
                c.columns(),
                transposeA ? a.rows() : a.columns(),
                alpha,
                Operand.of(left, transposeA, a.columns()),
                Operand.of(right, transposeB, b.columns()),
                beta,
                Operand.of(c.address(), false, c.columns()),
                1);
    }

    /** {@code y = x · weightᵀ + bias}. */
    void forward(Matrix x, Matrix weight, long bias, Matrix y) {
        multiply(false, true, 1, x, weight, 0, y);
        device.launch(
                "biasAdd",
                LaunchGeometry.columns(y.columns(), Math.min(y.rows(), MOST_ROWS_AT_A_TIME)),
                y.address(),
                bias,
                y.rows(),
                y.columns(),
                NO_COPY);
    }

    private static String kernel(Activation activation) {
        return switch (activation) {
            case GELU -> "biasGelu";
            case GELU_TANH -> "biasGeluTanh";
            case TANH -> "biasTanh";
        };
    }

    /** {@code y = f(x · weightᵀ + bias)} and the derivative of f. */
    void forward(Matrix x, Matrix weight, long bias, Activation activation, Matrix derivative, Matrix y) {
        multiply(false, true, 1, x, weight, 0, derivative);
        device.launch(
                kernel(activation),
                LaunchGeometry.columns(y.columns(), Math.min(y.rows(), MOST_ROWS_AT_A_TIME)),
                derivative.address(),
                bias,
                y.rows(),
                y.columns(),
                y.address(),
                NO_COPY);
    }

    /** {@code dx = (dy · weight) ∘ derivative}. */
    void backwardInput(Matrix dy, Matrix weight, long derivative, Matrix dx) {
        multiply(false, false, 1, dy, weight, 0, dx);
        product(derivative, dx.address(), dx.length());
    }

    /** {@code dWeight += dyᵀ · x}, {@code dBias +=} column sums of dy. */
    void backwardParameters(Matrix x, Matrix dy, Matrix dWeight, long dBias) {
        multiply(true, false, 1, dy, x, 1, dWeight);
        int parts = parts(dy.rows());
        long partialSums = device.scratch().floats(Slot.PARTIAL_SUMS, partialSums(dy.rows(), dy.columns()));
        device.launch(
                "columnSums",
                new LaunchGeometry(warps(dy.columns()), parts, LaunchGeometry.THREADS, 0),
                dy.address(),
                dy.rows(),
                dy.columns(),
                partialSums);
        addPartialSums(partialSums, parts, dy.columns(), dy.columns(), dBias);
    }

    private static int parts(int rows) {
        return (int) Math.min(MOST_PARTS, LaunchGeometry.ceilDivide(rows, ROWS_OF_A_PART));
    }

    /** Floats of scratch that {@link #backwardParameters} takes. */
    static long partialSums(int rows, int columns) {
        return (long) parts(rows) * columns;
    }

    /** {@code sums [columns] +=} rows of {@code partialSums [parts, stride]}. */
    void addPartialSums(long partialSums, int parts, int stride, int columns, long sums) {
        // Each warp takes a row in turn.
        device.launch(
                "addPartialSums",
                new LaunchGeometry(warps(columns), 1, WARP * Math.min(parts, MOST_WARPS), 0),
                partialSums,
                parts,
                stride,
                columns,
                sums);
    }

    /** {@code y = x ∘ y}. */
    void product(long x, long y, long length) {
        device.launch("multiply", LaunchGeometry.over(length), x, y, length, NO_COPY);
    }

    private long rounded(Slot slot, Matrix matrix) {
        long copy = device.scratch().get(slot, matrix.length() * Short.BYTES);
        device.launch("toBf16", LaunchGeometry.over(matrix.length()), matrix.address(), copy, matrix.length());
        return copy;
    }

    private static int warps(int columns) {
        return (int) LaunchGeometry.ceilDivide(columns, WARP);
    }
}
