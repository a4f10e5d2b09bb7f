package io.github.cloze4j.kernel.cpu;

import com.sun.jna.Function;
import com.sun.jna.Platform;
import io.github.cloze4j.BackendException;
import io.github.cloze4j.kernel.KernelProvider;
import io.github.cloze4j.kernel.Kernels;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.openblas.global.openblas_nolapack;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Kernels on oneDNN; on OpenBLAS where the platform has none. */
public final class CpuKernelProvider implements KernelProvider {
    private static final Logger LOG = LoggerFactory.getLogger(CpuKernelProvider.class);
    private static final int PRIORITY = 10;

    @Override
    public String name() {
        return CpuKernels.NAME;
    }

    @Override
    public int priority() {
        return PRIORITY;
    }

    @Override
    public Kernels create(DataType type, int threads) {
        if (type != DataType.FLOAT) {
            throw new BackendException("Expected FLOAT for the cpu kernels. Received: " + type
                    + ". Use --kernels nd4j, which also runs in double precision");
        }
        setBeforeLoading("GOMP_SPINCOUNT", "0");
        if (!Nd4j.getEnvironment().isCPU()) {
            throw new BackendException("Expected arrays in the memory of the CPU. Received: an ND4J backend for GPUs."
                    + " Put org.nd4j:nd4j-native on the class path in its place");
        }
        try {
            Loader.load(dnnl.class);
            OneDnnGemm gemm = new OneDnnGemm();
            LOG.debug("Products by {}", gemm.describe());
            return new CpuKernels(WorkerPool.of(threads), gemm, OneDnnSoftmax.instance());
        } catch (LinkageError noOneDnn) {
            LOG.warn(
                    "oneDNN cannot be loaded ({}), so that matrix products are slower. Add org.bytedeco:dnnl and"
                            + " org.bytedeco:opencl with the classifier of your platform",
                    noOneDnn.toString());
            return onOpenBlas(threads);
        }
    }

    private static Kernels onOpenBlas(int threads) {
        try {
            Loader.load(openblas_nolapack.class);
            return new CpuKernels(WorkerPool.of(threads), new OpenBlasGemm(), new JavaSoftmax());
        } catch (LinkageError noOpenBlas) {
            throw new BackendException(
                    "Expected oneDNN or OpenBLAS with natives for this platform on the class path. Received: "
                            + noOpenBlas + ". Add org.bytedeco:dnnl, org.bytedeco:opencl and org.bytedeco:openblas with"
                            + " your platform's classifier",
                    noOpenBlas);
        }
    }

    /** Native libraries read such variables when they are loaded; a user's own setting stays. */
    private static void setBeforeLoading(String variable, String value) {
        if (Platform.isLinux()) {
            int keepExisting = 0;
            Function.getFunction("c", "setenv").invokeInt(new Object[] {variable, value, keepExisting});
        }
    }
}
