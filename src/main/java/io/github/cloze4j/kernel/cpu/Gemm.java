package io.github.cloze4j.kernel.cpu;

/** A library's product of matrices, on the calling thread. */
interface Gemm {
    /** Name and version of the library, for the log. */
    String describe();

    /**
     * Rows up to which a product reads the right matrix as it is. For more it makes a copy of it first, which a product of few
     * rows waits for. 0 if it always makes one.
     */
    int rowsWithoutCopy();

    /**
     * {@code c = alpha · op(a) · op(b) + beta · c}, row-major, where {@code op} transposes if asked to; with beta 0, c is
     * not read.
     *
     * @param worker of the calling thread
     * @param m rows of c and op(a)
     * @param n columns of c and op(b)
     * @param k columns of op(a), rows of op(b)
     * @param a address; a row of a begins lda elements after the one before; likewise b and c
     */
    void multiply(
            Worker worker,
            boolean transposeA,
            boolean transposeB,
            long m,
            long n,
            long k,
            float alpha,
            long a,
            long lda,
            long b,
            long ldb,
            float beta,
            long c,
            long ldc);
}
