package io.github.cloze4j.kernel.cpu;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_WEIGHTS;
import static org.bytedeco.dnnl.global.dnnl.dnnl_bf16;
import static org.bytedeco.dnnl.global.dnnl.dnnl_f32;

import org.bytedeco.dnnl.dnnl_primitive;

/**
 * oneDNN's {@code matmul} of bfloat16 operands into floats, twice as fast as {@code sgemm} where the processor has the
 * instructions. All sizes are said at execution, so that a few primitives serve batches of any shape: measured as fast as
 * primitives made for a shape, for small matrices faster.
 */
final class OneDnnBf16Gemm implements Gemm {
    private static final int KINDS = 8;

    private final OneDnn oneDnn = OneDnn.instance();

    /** Primitives of the process, made at the first use: they keep nothing of a product. */
    private static final class Products {
        static final dnnl_primitive[] BY_KIND = make();

        private static dnnl_primitive[] make() {
            dnnl_primitive[] products = new dnnl_primitive[KINDS];
            for (int kind = 0; kind < KINDS; kind++) {
                products[kind] = OneDnn.instance().bf16Product((kind & 1) != 0, (kind & 2) != 0, (kind & 4) != 0);
            }
            return products;
        }
    }

    /** What a worker's {@link OneDnn.Memory} is made for: two operands of one product never share one. */
    record Shape(int argument, long rows, long columns, long stride, boolean transposed, int type) {}

    @Override
    public String describe() {
        return OneDnnVersion.loaded() + ", bf16";
    }

    @Override
    public int rowsWithoutCopy() {
        return 0;
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
        if (alpha != 1 || (beta != 0 && beta != 1)) {
            throw new IllegalArgumentException(
                    "Expected alpha 1 and beta 0 or 1 for bf16. Received: " + alpha + ", " + beta);
        }
        worker.a.at(a);
        worker.b.at(b);
        worker.c.at(c);
        oneDnn.multiply(
                Products.BY_KIND[(transposeA ? 1 : 0) + (transposeB ? 2 : 0) + (beta == 1 ? 4 : 0)],
                worker,
                memory(worker, new Shape(DNNL_ARG_SRC, m, k, lda, transposeA, dnnl_bf16)),
                memory(worker, new Shape(DNNL_ARG_WEIGHTS, k, n, ldb, transposeB, dnnl_bf16)),
                memory(worker, new Shape(DNNL_ARG_DST, m, n, ldc, false, dnnl_f32)));
    }

    private static OneDnn.Memory memory(Worker worker, Shape shape) {
        return worker.team.matrices.of(worker.index, shape, OneDnnBf16Gemm::make);
    }

    private static OneDnn.Memory make(Shape shape) {
        return OneDnn.instance().memory(shape.rows, shape.columns, shape.stride, shape.transposed, shape.type);
    }
}
