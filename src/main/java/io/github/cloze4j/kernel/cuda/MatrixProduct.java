package io.github.cloze4j.kernel.cuda;

/**
 * {@code c = alpha · op(a) · op(b) + beta · c} on row-major matrices, {@code batch} times: c {@code [rows, columns]} is
 * always float.
 *
 * @param numbers what a and b are and how they are multiplied
 * @param inner columns of {@code op(a)}, rows of {@code op(b)}
 * @param beta 0 writes c without reading it
 */
record MatrixProduct(
        Numbers numbers,
        int rows,
        int columns,
        int inner,
        double alpha,
        Operand a,
        Operand b,
        double beta,
        Operand c,
        int batch) {

    /** Types of the operands; sums are float. */
    enum Numbers {
        /** Float operands, multiplied in float. */
        FP32,
        /** Float operands, rounded to 10 bits of mantissa before they are multiplied. */
        TF32,
        /** bfloat16 operands. */
        BF16
    }

    /**
     * The first of a batch of matrices.
     *
     * @param address of its first element
     * @param transposed whether the product takes it transposed
     * @param leading elements from one stored row to the next
     * @param stride elements from one matrix of the batch to the next
     */
    record Operand(long address, boolean transposed, int leading, long stride) {
        /** A single matrix without gaps, whose stored rows have {@code leading} elements. */
        static Operand of(long address, boolean transposed, int leading) {
            return new Operand(address, transposed, leading, 0);
        }
    }

    MatrixProduct {
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
    }
}
