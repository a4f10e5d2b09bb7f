package io.github.cloze4j.kernel.cuda;

import io.github.cloze4j.kernel.Activation;
import io.github.cloze4j.kernel.Precision;
import io.github.cloze4j.kernel.cuda.driver.LaunchGeometry;
import io.github.cloze4j.kernel.cuda.driver.MatrixProduct;
import io.github.cloze4j.kernel.cuda.driver.MatrixProduct.Numbers;
import io.github.cloze4j.kernel.cuda.driver.MatrixProduct.Operand;
import io.github.cloze4j.kernel.cuda.memory.Bf16Copies;
import io.github.cloze4j.kernel.cuda.memory.DeviceQueue;
import io.github.cloze4j.kernel.cuda.memory.DeviceScratch.Slot;

/**
 * Linear layers: products, and what is added or multiplied to their results. Where an argument is a copy, the kernel writes
 * there in bf16 what it writes in float; 0 for nowhere.
 */
final class LinearKernels {
    private static final int WARP = 32;
    private static final int MOST_WARPS = LaunchGeometry.THREADS / WARP;

    /** Parts that a column is summed in. The order of a sum depends on it, so it is the same on every GPU. */
    private static final int MOST_PARTS = 64;

    private static final int ROWS_OF_A_PART = 64;
    private static final int MOST_ROWS_AT_A_TIME = 128;
    private static final long NO_BIAS = 0;

    private final DeviceQueue device;
    private final boolean bf16;
    private final Numbers floats;

    LinearKernels(DeviceQueue device, Precision precision) {
        this.device = device;
        bf16 = precision == Precision.BF16;
        floats = Numbers.ofFloats(precision);
    }

    /**
     * A stored matrix.
     *
     * @param leading elements from a row to the next: more than columns only in {@link #multiply}
     */
    record Matrix(long address, int rows, int columns, int leading) {
        /** The elements from the first to the last. */
        long length() {
            return (rows - 1L) * leading + columns;
        }
    }

    /** {@code c = alpha · op(a) · op(b) + beta · c}; as linear layers multiply where alpha is 1 and beta 0 or 1. */
    void multiply(boolean transposeA, boolean transposeB, double alpha, Matrix a, Matrix b, double beta, Matrix c) {
        device.driver().multiply(prepared(transposeA, transposeB, alpha, a, b, beta, c, NO_BIAS));
    }

    /** {@code c = op(a) · op(b)} of floats, also if products of linear layers are in bf16. */
    void multiplyFloats(boolean transposeA, boolean transposeB, Matrix a, Matrix b, Matrix c) {
        device.driver().multiply(prepared(false, transposeA, transposeB, 1, a, b, 0, c, NO_BIAS));
    }

    private MatrixProduct prepared(
            boolean transposeA,
            boolean transposeB,
            double alpha,
            Matrix a,
            Matrix b,
            double beta,
            Matrix c,
            long bias) {
        boolean rounded = bf16 && alpha == 1 && (beta == 0 || beta == 1);
        return prepared(rounded, transposeA, transposeB, alpha, a, b, beta, c, bias);
    }

    private MatrixProduct prepared(
            boolean rounded,
            boolean transposeA,
            boolean transposeB,
            double alpha,
            Matrix a,
            Matrix b,
            double beta,
            Matrix c,
            long bias) {
        return new MatrixProduct(
                rounded ? Numbers.BF16 : floats,
                c.rows(),
                c.columns(),
                transposeA ? a.rows() : a.columns(),
                alpha,
                Operand.of(operand(rounded, a), transposeA, a.leading()),
                Operand.of(operand(rounded, b), transposeB, b.leading()),
                beta,
                Operand.of(c.address(), false, c.leading()),
                1,
                false,
                bias);
    }

    private long operand(boolean rounded, Matrix matrix) {
        Bf16Copies copies = device.copies();
        return rounded
                ? copies.operand(matrix.address(), matrix.length())
                : copies.floats(matrix.address(), matrix.length());
    }

    /** {@code y = x · weightᵀ + bias}. */
    void forward(Matrix x, Matrix weight, long bias, Matrix y) {
        device.driver().multiply(prepared(false, true, 1, x, weight, 0, y, bias));
    }

    static String kernel(Activation activation) {
        return switch (activation) {
            case GELU -> "biasGelu";
            case GELU_TANH -> "biasGeluTanh";
            case TANH -> "biasTanh";
            case RELU -> "biasRelu";
            case RELU6 -> "biasRelu6";
            case RELU_SQUARED -> "biasReluSquared";
            case LEAKY_RELU -> "biasLeakyRelu";
            case SIGMOID -> "biasSigmoid";
            case SILU -> "biasSilu";
            case QUICK_GELU -> "biasQuickGelu";
            case HARDSWISH -> "biasHardswish";
            case MISH -> "biasMish";
            case GELU_10 -> "biasGelu10";
            case LAPLACE -> "biasLaplace";
            case LINEAR -> "biasLinear";
        };
    }

    /** {@code y = f(x · weightᵀ + bias)} and the derivative of f. */
    void forward(Matrix x, Matrix weight, long bias, Activation activation, Matrix derivative, Matrix y, long yCopy) {
        multiply(false, true, 1, x, weight, 0, derivative);
        biasActivation(bias, activation, derivative, y, yCopy);
    }

    /** {@code y = f(z + bias)}, and {@code f'(z + bias)} in the place of z. */
    void biasActivation(long bias, Activation activation, Matrix z, Matrix y, long yCopy) {
        device.launch(
                kernel(activation),
                LaunchGeometry.columns(y.columns(), Math.min(y.rows(), MOST_ROWS_AT_A_TIME)),
                z.address(),
                bias,
                y.rows(),
                y.columns(),
                y.address(),
                yCopy);
    }

    /** {@code dx = (dy · weight) ∘ derivative}. */
    void backwardInput(Matrix dy, Matrix weight, long derivative, Matrix dx, long dxCopy) {
        multiply(false, false, 1, dy, weight, 0, dx);
        product(derivative, dx.address(), dx.length(), dxCopy);
    }

    /** {@code sums +=} column sums of dy. */
    void addColumnSums(Matrix dy, long sums) {
        int parts = parts(dy.rows());
        long partialSums = device.scratch().floats(Slot.PARTIAL_SUMS, partialSums(dy.rows(), dy.columns()));
        boolean inBf16 = device.copies().isCopyOnly(dy.address(), dy.length());
        device.launch(
                inBf16 ? "columnSumsOfBf16" : "columnSums",
                new LaunchGeometry(warps(dy.columns()), parts, LaunchGeometry.THREADS, 0),
                operand(inBf16, dy),
                dy.rows(),
                dy.columns(),
                partialSums);
        addPartialSums(partialSums, parts, dy.columns(), dy.columns(), sums);
    }

    private static int parts(int rows) {
        return (int) Math.min(MOST_PARTS, LaunchGeometry.ceilDivide(rows, ROWS_OF_A_PART));
    }

    /** Floats of scratch that {@link #addColumnSums} takes. */
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
    void product(long x, long y, long length, long yCopy) {
        device.launch("multiply", LaunchGeometry.over(length), x, y, length, yCopy);
    }

    private static int warps(int columns) {
        return (int) LaunchGeometry.ceilDivide(columns, WARP);
    }
}
