package io.github.cloze4j.kernel.cpu;

import static org.bytedeco.openblas.global.openblas_nolapack.CblasNoTrans;
import static org.bytedeco.openblas.global.openblas_nolapack.CblasRowMajor;
import static org.bytedeco.openblas.global.openblas_nolapack.CblasTrans;
import static org.bytedeco.openblas.global.openblas_nolapack.cblas_sgemm;

import org.bytedeco.openblas.global.openblas_nolapack;

/** OpenBLAS's {@code sgemm}, where there is no oneDNN. */
final class OpenBlasGemm implements Gemm {
    OpenBlasGemm() {
        openblas_nolapack.blas_set_num_threads(1);
    }

    @Override
    public String describe() {
        return "OpenBLAS";
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
}
