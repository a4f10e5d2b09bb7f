package io.github.cloze4j.kernel.cpu;

import static org.bytedeco.openblas.global.openblas_nolapack.CblasNoTrans;
import static org.bytedeco.openblas.global.openblas_nolapack.CblasRowMajor;
import static org.bytedeco.openblas.global.openblas_nolapack.CblasTrans;
import static org.bytedeco.openblas.global.openblas_nolapack.cblas_sgemm;
import static org.bytedeco.openblas.global.openblas_nolapack.cblas_sgemv;

import org.bytedeco.openblas.global.openblas_nolapack;

/** OpenBLAS's {@code sgemm}, where there is no oneDNN. */
final class OpenBlasGemm implements Gemm {
    /** Up to so many rows, products of vectors are faster: {@code sgemm} copies the right matrix first. */
    private static final int VECTORS = 8;

    OpenBlasGemm() {
        openblas_nolapack.blas_set_num_threads(1);
    }

    @Override
    public String describe() {
        return "OpenBLAS";
    }

    @Override
    public int rowsWithoutCopy() {
        return VECTORS;
    }

    @Override
    public void multiply(
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
            long ldc) {
        if (m <= VECTORS && !transposeA) {
            for (int row = 0; row < m; row++) {
                vectorTimesMatrix(
                        worker,
                        transposeB,
                        n,
                        k,
                        alpha,
                        a + row * lda * Float.BYTES,
                        b,
                        ldb,
                        beta,
                        c + row * ldc * Float.BYTES);
            }
            return;
        }
        cblas_sgemm(
                CblasRowMajor,
                transposeA ? CblasTrans : CblasNoTrans,
                transposeB ? CblasTrans : CblasNoTrans,
                Math.toIntExact(m),
                Math.toIntExact(n),
                Math.toIntExact(k),
                alpha,
                worker.a.at(a),
                Math.toIntExact(lda),
                worker.b.at(b),
                Math.toIntExact(ldb),
                beta,
                worker.c.at(c),
                Math.toIntExact(ldc));
    }

    /** {@code c = alpha · a · op(b) + beta · c} of vectors a and c. */
    private static void vectorTimesMatrix(
            Worker worker,
            boolean transposeB,
            long n,
            long k,
            float alpha,
            long a,
            long b,
            long ldb,
            float beta,
            long c) {
        cblas_sgemv(
                CblasRowMajor,
                transposeB ? CblasNoTrans : CblasTrans,
                Math.toIntExact(transposeB ? n : k),
                Math.toIntExact(transposeB ? k : n),
                alpha,
                worker.b.at(b),
                Math.toIntExact(ldb),
                worker.a.at(a),
                1,
                beta,
                worker.c.at(c),
                1);
    }
}
