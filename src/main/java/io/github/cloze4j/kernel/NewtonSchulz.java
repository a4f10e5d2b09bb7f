package io.github.cloze4j.kernel;

import java.util.List;
import java.util.function.LongUnaryOperator;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * The iteration that {@link Kernels#muon} replaces the singular values of a matrix by numbers near 1 with (Jordan et al., 2024,
 * with the coefficients and the epsilon of {@code github.com/KellerJordan/Muon} and {@code torch.optim.Muon}): {@code X = X /
 * max(‖X‖, ε)}, then five times {@code G = X · Xᵀ; X = (a I + b G + c G²) · X}. For a matrix with more rows than columns {@code G =
 * Xᵀ · X} stands on the right instead, which gives the same matrix.
 */
public final class NewtonSchulz {
    /** Coefficient of the identity. */
    public static final double A = 3.4445;

    /** Coefficient of G. */
    public static final double B = -4.7750;

    /** Coefficient of G². */
    public static final double C = 2.0315;

    /** The number of iterations. */
    public static final int STEPS = 5;

    /** The least that the norm counts as. */
    public static final double EPSILON = 1e-7;

    private NewtonSchulz() {}

    /**
     * The places of the arrays of one iteration in flat memory, in elements.
     *
     * @param other the second place of X, which is at 0 and here in turn
     * @param square G
     * @param polynomial {@code a I + b G + c G²}
     * @param elements the elements of all arrays
     */
    public record Memory(long other, long square, long polynomial, long elements) {
        /**
         * Memory that suffices for each of some matrices.
         *
         * @param shapes {@code [rows, columns]} of the matrices
         * @param type the type of the elements; each array begins on a line
         */
        public static Memory of(List<long[]> shapes, DataType type) {
            return of(shapes, type, length -> length);
        }

        /** @param room the elements that an array of a length takes */
        public static Memory of(List<long[]> shapes, DataType type, LongUnaryOperator room) {
            long longest = 0;
            long widest = 0;
            for (long[] shape : shapes) {
                longest = Math.max(longest, shape[0] * shape[1]);
                widest = Math.max(widest, Math.min(shape[0], shape[1]));
            }
            long matrix = Arena.aligned(room.applyAsLong(longest), type);
            long square = Arena.aligned(room.applyAsLong(widest * widest), type);
            return new Memory(matrix, 2 * matrix, 2 * matrix + square, 2 * (matrix + square));
        }
    }
}
