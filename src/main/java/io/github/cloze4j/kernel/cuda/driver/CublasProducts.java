package io.github.cloze4j.kernel.cuda.driver;

import static io.github.cloze4j.kernel.cuda.driver.CudaStatus.check;
import static io.github.cloze4j.kernel.cuda.driver.CudaStatus.checkBlas;
import static org.bytedeco.cuda.global.cublas.*;

import io.github.cloze4j.kernel.cuda.driver.MatrixProduct.Numbers;
import io.github.cloze4j.kernel.cuda.driver.MatrixProduct.Operand;
import org.bytedeco.cuda.cublas.cublasContext;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;

/**
 * Matrix products of cuBLAS, for those that {@link CublasLtProducts} has no algorithm for: it takes any, without a bias.
 * It takes single and batched ones, float, TF32 and bf16 in one call. It stores matrices by
 * columns: to it ours are transposed, so it is asked for {@code cᵀ = op(b)ᵀ · op(a)ᵀ}.
 */
final class CublasProducts implements AutoCloseable {
    /** What NVIDIA advises for Hopper; older GPUs take less. */
    private static final long WORKSPACE_BYTES = 32L << 20;

    private final cublasContext context = new cublasContext();
    private final DeviceMemory a = new DeviceMemory();
    private final DeviceMemory b = new DeviceMemory();
    private final DeviceMemory c = new DeviceMemory();
    private final long[] workspace = new long[1];
    private final FloatPointer alpha = new FloatPointer(1);
    private final FloatPointer beta = new FloatPointer(1);

    /** On a queue; one queue only, without which results may differ from run to run. */
    CublasProducts(CUstream_st stream) {
        checkBlas(cublasCreate_v2(context), "cublasCreate");
        checkBlas(cublasSetStream_v2(context, stream), "cublasSetStream");
        // Its own memory would be allocated in a capture, and graphs would share it with what runs beside them.
        check(cudart.cuMemAlloc(workspace, WORKSPACE_BYTES), "cuMemAlloc of the workspace of cuBLAS");
        checkBlas(cublasSetWorkspace_v2(context, a.at(workspace[0]), WORKSPACE_BYTES), "cublasSetWorkspace");
        checkBlas(
                cublasSetMathMode(context, CUBLAS_DEFAULT_MATH | CUBLAS_MATH_DISALLOW_REDUCED_PRECISION_REDUCTION),
                "cublasSetMathMode");
    }

    /** Memory of the device, which JavaCPP's constructors do not offer. */
    static final class DeviceMemory extends Pointer {
        DeviceMemory() {
            super((Pointer) null);
        }

        DeviceMemory at(long place) {
            address = place;
            return this;
        }
    }

    String version() {
        int[] version = new int[1];
        checkBlas(cublasGetVersion_v2(context, version), "cublasGetVersion");
        return version[0] / 10_000 + "." + version[0] % 10_000 / 100 + "." + version[0] % 100;
    }

    void multiply(MatrixProduct product) {
        int operands = product.numbers() == Numbers.BF16 ? cudart.CUDA_R_16BF : cudart.CUDA_R_32F;
        Operand left = product.a();
        Operand right = product.b();
        Operand result = product.c();
        checkBlas(
                cublasGemmStridedBatchedEx(
                        context,
                        operation(right),
                        operation(left),
                        product.columns(),
                        product.rows(),
                        product.inner(),
                        alpha.put((float) product.alpha()),
                        b.at(right.address()),
                        operands,
                        right.leading(),
                        right.stride(),
                        a.at(left.address()),
                        operands,
                        left.leading(),
                        left.stride(),
                        beta.put((float) product.beta()),
                        c.at(result.address()),
                        product.intoBf16() ? cudart.CUDA_R_16BF : cudart.CUDA_R_32F,
                        result.leading(),
                        result.stride(),
                        product.batch(),
                        product.numbers() == Numbers.TF32 ? CUBLAS_COMPUTE_32F_FAST_TF32 : CUBLAS_COMPUTE_32F,
                        CUBLAS_GEMM_DEFAULT),
                "a product [" + product.rows() + ", " + product.inner() + "] · [" + product.inner() + ", "
                        + product.columns() + "] of cuBLAS");
    }

    private static int operation(Operand operand) {
        return operand.transposed() ? CUBLAS_OP_T : CUBLAS_OP_N;
    }

    @Override
    public void close() {
        checkBlas(cublasDestroy_v2(context), "cublasDestroy");
        check(cudart.cuMemFree(workspace[0]), "cuMemFree");
        alpha.close();
        beta.close();
    }
}
