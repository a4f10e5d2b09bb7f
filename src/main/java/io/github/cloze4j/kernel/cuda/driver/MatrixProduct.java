package io.github.cloze4j.kernel.cuda.driver;

import io.github.cloze4j.kernel.Precision;

/**
 * {@code c = alpha · op(a) · op(b) + beta · c + bias} on row-major matrices, {@code batch} times: c
 * {@code [rows, columns]}.
 *
 * @param numbers what a and b are and how they are multiplied
 * @param inner columns of {@code op(a)}, rows of {@code op(b)}
 * @param beta 0 writes c without reading it
 * @param intoBf16 whether c is bf16, rounded once at the end; else it is float
 * @param bias address of {@code [columns]} floats that are added to each row of a single product, or 0 for none
 */
public record MatrixProduct(
        Numbers numbers,
        int rows,
        int columns,
        int inner,
        double alpha,
        Operand a,
        Operand b,
        double beta,
        Operand c,
        int batch,
        boolean intoBf16,
        long bias) {

    /** Types of the operands; sums are float. */
    public enum Numbers {
        /** Float operands, multiplied in float. */
        FP32,
        /** Float operands, rounded to 10 bits of mantissa before they are multiplied. */
        TF32,
        /** bfloat16 operands. */
        BF16;

        /** Of products of floats that are not rounded to bf16 before. */
        public static Numbers ofFloats(Precision precision) {
            return precision == Precision.TF32 ? TF32 : FP32;
        }

        /** Bytes of an element of an operand. */
        public int bytes() {
            return this == BF16 ? Short.BYTES : Float.BYTES;
        }
    }

    /**
     * The first of a batch of matrices.
     *
     * @param address of its first element
     * @param transposed whether the product takes it transposed
     * @param leading elements from one stored row to the next
     * @param stride elements from one matrix of the batch to the next
     */
    public record Operand(long address, boolean transposed, int leading, long stride) {
        /** A single matrix without gaps, whose stored rows have {@code leading} elements. */
        public static Operand of(long address, boolean transposed, int leading) {
            return new Operand(address, transposed, leading, 0);
        }
    }

    public MatrixProduct {
        if (rows < 1 || columns < 1 || inner < 1 || batch < 1) {
            throw new IllegalArgumentException("Expected sizes and a batch of 1 or more. Received: " + rows + ", "
                    + columns + ", " + inner + ", batch " + batch);
        }
        if (a.leading() < (a.transposed() ? rows : inner)
                || b.leading() < (b.transposed() ? inner : columns)
                || c.leading() < columns
                || c.transposed()) {
            throw new IllegalArgumentException(
                    "Expected rows that do not overlap, and a result as it is. Received: " + a + ", " + b + ", " + c);
        }
        if (intoBf16 && numbers != Numbers.BF16) {
            throw new IllegalArgumentException("Expected bf16 operands for a result in bf16. Received: " + numbers);
        }
        if (bias != 0 && (batch != 1 || intoBf16 || c.leading() != columns)) {
            throw new IllegalArgumentException(
                    "Expected a single float result without gaps for a bias. Received: " + c + ", batch " + batch);
        }
    }
}
