package io.github.cloze4j.kernel.cuda.driver;

import static io.github.cloze4j.kernel.cuda.driver.CudaStatus.checkBlas;
import static org.bytedeco.cuda.global.cublas.*;

import io.github.cloze4j.kernel.cuda.driver.MatrixProduct.Numbers;
import io.github.cloze4j.kernel.cuda.driver.MatrixProduct.Operand;
import org.bytedeco.cuda.cublas.cublasLtContext;
import org.bytedeco.cuda.cublas.cublasLtMatmulAlgo_t;
import org.bytedeco.cuda.cublas.cublasLtMatmulDescOpaque_t;
import org.bytedeco.cuda.cublas.cublasLtMatmulHeuristicResult_t;
import org.bytedeco.cuda.cublas.cublasLtMatmulPreferenceOpaque_t;
import org.bytedeco.cuda.cublas.cublasLtMatrixLayoutOpaque_t;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.PointerPointer;

/** Products of one shape as cuBLASLt describes them, and the algorithm that it chose. */
final class CublasLtPlan implements AutoCloseable {
    private final cublasLtMatmulDescOpaque_t description;
    private final cublasLtMatrixLayoutOpaque_t layoutOfA;
    private final cublasLtMatrixLayoutOpaque_t layoutOfB;
    private final cublasLtMatrixLayoutOpaque_t layoutOfC;
    private final cublasLtMatmulHeuristicResult_t choice = new cublasLtMatmulHeuristicResult_t();
    private final boolean possible;

    /**
     * For all products that differ from this one in addresses and factors only.
     *
     * @param alignmentOfA of all their addresses of a, in bytes
     * @param alignmentOfB the same of b
     * @param alignmentOfC the same of c
     */
    CublasLtPlan(
            cublasLtContext context, MatrixProduct product, long alignmentOfA, long alignmentOfB, long alignmentOfC) {
        int rows = product.rows();
        int columns = product.columns();
        int inner = product.inner();
        int operands = product.numbers() == Numbers.BF16 ? cudart.CUDA_R_16BF : cudart.CUDA_R_32F;
        description = describe(product);
        layoutOfA = layout(product.a(), operands, rows, inner, product.batch());
        layoutOfB = layout(product.b(), operands, inner, columns, product.batch());
        layoutOfC = layout(
                product.c(),
                product.intoBf16() ? cudart.CUDA_R_16BF : cudart.CUDA_R_32F,
                rows,
                columns,
                product.batch());
        possible = choose(context, alignmentOfA, alignmentOfB, alignmentOfC);
    }

    private static cublasLtMatmulDescOpaque_t describe(MatrixProduct product) {
        int compute = product.numbers() == Numbers.TF32 ? CUBLAS_COMPUTE_32F_FAST_TF32 : CUBLAS_COMPUTE_32F;
        try (PointerPointer<cublasLtMatmulDescOpaque_t> created = new PointerPointer<>(1)) {
            checkBlas(cublasLtMatmulDescCreate(created, compute, cudart.CUDA_R_32F), "cublasLtMatmulDescCreate");
            cublasLtMatmulDescOpaque_t description = created.get(cublasLtMatmulDescOpaque_t.class, 0);
            // Its a is our b.
            set(description, CUBLASLT_MATMUL_DESC_TRANSA, operation(product.b()));
            set(description, CUBLASLT_MATMUL_DESC_TRANSB, operation(product.a()));
            if (product.bias() != 0) {
                set(description, CUBLASLT_MATMUL_DESC_EPILOGUE, CUBLASLT_EPILOGUE_BIAS);
                setBias(description, product.bias());
            }
            return description;
        }
    }

    private static int operation(Operand operand) {
        return operand.transposed() ? CUBLAS_OP_T : CUBLAS_OP_N;
    }

    private static void set(cublasLtMatmulDescOpaque_t description, int attribute, int value) {
        try (IntPointer number = new IntPointer(1).put(value)) {
            checkBlas(
                    cublasLtMatmulDescSetAttribute(description, attribute, number, Integer.BYTES),
                    "cublasLtMatmulDescSetAttribute");
        }
    }

    private static void setBias(cublasLtMatmulDescOpaque_t description, long address) {
        try (LongPointer pointer = new LongPointer(1).put(address)) {
            checkBlas(
                    cublasLtMatmulDescSetAttribute(description, CUBLASLT_MATMUL_DESC_BIAS_POINTER, pointer, Long.BYTES),
                    "cublasLtMatmulDescSetAttribute of the bias");
        }
    }

    /** @param rows of {@code op(operand)} */
    private static cublasLtMatrixLayoutOpaque_t layout(Operand operand, int type, int rows, int columns, int batch) {
        int storedRows = operand.transposed() ? columns : rows;
        int storedColumns = operand.transposed() ? rows : columns;
        try (PointerPointer<cublasLtMatrixLayoutOpaque_t> created = new PointerPointer<>(1);
                IntPointer count = new IntPointer(1).put(batch);
                LongPointer stride = new LongPointer(1).put(operand.stride())) {
            // Stored by rows is stored by columns, transposed.
            checkBlas(
                    cublasLtMatrixLayoutCreate(created, type, storedColumns, storedRows, operand.leading()),
                    "cublasLtMatrixLayoutCreate");
            cublasLtMatrixLayoutOpaque_t layout = created.get(cublasLtMatrixLayoutOpaque_t.class, 0);
            if (batch > 1) {
                checkBlas(
                        cublasLtMatrixLayoutSetAttribute(
                                layout, CUBLASLT_MATRIX_LAYOUT_BATCH_COUNT, count, Integer.BYTES),
                        "cublasLtMatrixLayoutSetAttribute of the batch");
                checkBlas(
                        cublasLtMatrixLayoutSetAttribute(
                                layout, CUBLASLT_MATRIX_LAYOUT_STRIDED_BATCH_OFFSET, stride, Long.BYTES),
                        "cublasLtMatrixLayoutSetAttribute of the stride");
            }
            return layout;
        }
    }

    private boolean choose(cublasLtContext context, long alignmentOfA, long alignmentOfB, long alignmentOfC) {
        try (PointerPointer<cublasLtMatmulPreferenceOpaque_t> created = new PointerPointer<>(1);
                LongPointer workspace = new LongPointer(1).put(CublasLtProducts.WORKSPACE_BYTES)) {
            checkBlas(cublasLtMatmulPreferenceCreate(created), "cublasLtMatmulPreferenceCreate");
            cublasLtMatmulPreferenceOpaque_t preference = created.get(cublasLtMatmulPreferenceOpaque_t.class, 0);
            checkBlas(
                    cublasLtMatmulPreferenceSetAttribute(
                            preference, CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, workspace, Long.BYTES),
                    "cublasLtMatmulPreferenceSetAttribute of the workspace");
            prefer(preference, CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK, CUBLASLT_REDUCTION_SCHEME_COMPUTE_TYPE);
            prefer(preference, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES, (int) alignmentOfB);
            prefer(preference, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES, (int) alignmentOfA);
            prefer(preference, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES, (int) alignmentOfC);
            prefer(preference, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES, (int) alignmentOfC);
            int[] found = new int[1];
            int status = cublasLtMatmulAlgoGetHeuristic(
                    context, description, layoutOfB, layoutOfA, layoutOfC, layoutOfC, preference, 1, choice, found);
            checkBlas(cublasLtMatmulPreferenceDestroy(preference), "cublasLtMatmulPreferenceDestroy");
            if (status == CUBLAS_STATUS_NOT_SUPPORTED) {
                return false;
            }
            checkBlas(status, "cublasLtMatmulAlgoGetHeuristic");
            return found[0] > 0 && choice.state() == CUBLAS_STATUS_SUCCESS;
        }
    }

    private static void prefer(cublasLtMatmulPreferenceOpaque_t preference, int attribute, int value) {
        try (IntPointer number = new IntPointer(1).put(value)) {
            checkBlas(
                    cublasLtMatmulPreferenceSetAttribute(preference, attribute, number, Integer.BYTES),
                    "cublasLtMatmulPreferenceSetAttribute");
        }
    }

    /** Whether cuBLASLt has an algorithm. */
    boolean isPossible() {
        return possible;
    }

    /** Of the next product; 0 where the shape has none. */
    void setBias(long address) {
        if (address != 0) {
            setBias(description, address);
        }
    }

    cublasLtMatmulDescOpaque_t description() {
        return description;
    }

    cublasLtMatrixLayoutOpaque_t layoutOfA() {
        return layoutOfA;
    }

    cublasLtMatrixLayoutOpaque_t layoutOfB() {
        return layoutOfB;
    }

    cublasLtMatrixLayoutOpaque_t layoutOfC() {
        return layoutOfC;
    }

    cublasLtMatmulAlgo_t algorithm() {
        return choice.algo();
    }

    @Override
    public void close() {
        checkBlas(cublasLtMatmulDescDestroy(description), "cublasLtMatmulDescDestroy");
        checkBlas(cublasLtMatrixLayoutDestroy(layoutOfA), "cublasLtMatrixLayoutDestroy");
        checkBlas(cublasLtMatrixLayoutDestroy(layoutOfB), "cublasLtMatrixLayoutDestroy");
        checkBlas(cublasLtMatrixLayoutDestroy(layoutOfC), "cublasLtMatrixLayoutDestroy");
        choice.close();
    }
}
