package io.github.cloze4j.kernel.cuda.driver;

import static io.github.cloze4j.kernel.cuda.driver.CudaStatus.checkBlas;
import static org.bytedeco.cuda.global.cublas.*;

import io.github.cloze4j.kernel.cuda.driver.CublasProducts.DeviceMemory;
import io.github.cloze4j.kernel.cuda.driver.MatrixProduct.Operand;
import java.util.HashMap;
import java.util.Map;
import org.bytedeco.cuda.cublas.cublasLtContext;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.javacpp.FloatPointer;

/**
 * Matrix products of cuBLASLt, which adds a bias on the way. Like cuBLAS it stores matrices by columns, so it is asked for
 * {@code cᵀ = op(b)ᵀ · op(a)ᵀ}, where a bias of our columns is one of its rows.
 *
 * <p>Its heuristic chooses an algorithm for a shape once, so that the same product has the same bits within a process; between
 * processes as far as it answers alike, and as arrays lie alike, which they do on Linux. Sums that are split across blocks are added up in float in a separate step, not in the order
 * in which blocks happen to finish.
 */
final class CublasLtProducts implements AutoCloseable {
    /** What NVIDIA recommends for Hopper; others need less. */
    static final long WORKSPACE_BYTES = 32L << 20;

    /** The best alignment that the heuristic knows. */
    private static final long LINE_BYTES = 256;

    private final CUstream_st stream;
    private final cublasLtContext context = new cublasLtContext();
    private final DeviceMemory workspace = new DeviceMemory();
    private final DeviceMemory a = new DeviceMemory();
    private final DeviceMemory b = new DeviceMemory();
    private final DeviceMemory c = new DeviceMemory();
    private final FloatPointer alpha = new FloatPointer(1);
    private final FloatPointer beta = new FloatPointer(1);
    private final Map<Shape, CublasLtPlan> plans = new HashMap<>();

    /**
     * On a queue.
     *
     * @param workspace address of {@link #WORKSPACE_BYTES} that nothing else uses
     */
    CublasLtProducts(CUstream_st stream, long workspace) {
        this.stream = stream;
        this.workspace.at(workspace);
        checkBlas(cublasLtCreate(context), "cublasLtCreate");
    }

    /** What the algorithm depends on: a product without its addresses and factors, and what addresses are multiples of. */
    private record Shape(MatrixProduct product, long alignmentOfA, long alignmentOfB, long alignmentOfC) {
        static Shape of(MatrixProduct product) {
            return new Shape(
                    new MatrixProduct(
                            product.numbers(),
                            product.rows(),
                            product.columns(),
                            product.inner(),
                            1,
                            nowhere(product.a()),
                            nowhere(product.b()),
                            0,
                            nowhere(product.c()),
                            product.batch(),
                            product.intoBf16(),
                            product.bias() == 0 ? 0 : 1),
                    alignment(product.a()),
                    alignment(product.b()),
                    alignment(product.c()));
        }

        private static Operand nowhere(Operand operand) {
            return new Operand(0, operand.transposed(), operand.leading(), operand.stride());
        }

        private static long alignment(Operand operand) {
            return Math.min(LINE_BYTES, Long.lowestOneBit(operand.address()));
        }
    }

    /** Multiplies, or returns false where cuBLASLt has no algorithm for it. */
    boolean multiply(MatrixProduct product) {
        Shape shape = Shape.of(product);
        CublasLtPlan plan = plans.get(shape);
        if (plan == null) {
            plan = new CublasLtPlan(context, product, shape.alignmentOfA(), shape.alignmentOfB(), shape.alignmentOfC());
            plans.put(shape, plan);
        }
        if (!plan.isPossible()) {
            return false;
        }
        plan.setBias(product.bias());
        checkBlas(
                cublasLtMatmul(
                        context,
                        plan.description(),
                        alpha.put((float) product.alpha()),
                        b.at(product.b().address()),
                        plan.layoutOfB(),
                        a.at(product.a().address()),
                        plan.layoutOfA(),
                        beta.put((float) product.beta()),
                        c.at(product.c().address()),
                        plan.layoutOfC(),
                        c,
                        plan.layoutOfC(),
                        plan.algorithm(),
                        workspace,
                        WORKSPACE_BYTES,
                        stream),
                "a product [" + product.rows() + ", " + product.inner() + "] · [" + product.inner() + ", "
                        + product.columns() + "] of cuBLASLt");
        return true;
    }

    @Override
    public void close() {
        plans.values().forEach(CublasLtPlan::close);
        checkBlas(cublasLtDestroy(context), "cublasLtDestroy");
        alpha.close();
        beta.close();
    }
}
