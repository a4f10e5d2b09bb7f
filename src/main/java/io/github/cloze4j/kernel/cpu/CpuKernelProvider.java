package io.github.cloze4j.kernel.cpu;

import io.github.cloze4j.BackendException;
import io.github.cloze4j.kernel.KernelProvider;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.kernel.LargeStack;
import io.github.cloze4j.kernel.LoadFailure;
import io.github.cloze4j.kernel.Nd4jBackend;
import io.github.cloze4j.kernel.Precision;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.openblas.global.openblas_nolapack;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Kernels on oneDNN; on OpenBLAS if the class path or the platform has no oneDNN, or one that corrupts memory. */
public final class CpuKernelProvider implements KernelProvider {
    private static final Logger LOG = LoggerFactory.getLogger(CpuKernelProvider.class);
    private static final int PRIORITY = 10;
    private static final AtomicBoolean SAID_THAT_ONE_DNN_IS_NOT_USED = new AtomicBoolean();

    private final BooleanSupplier multipliesBf16;

    /** For {@link java.util.ServiceLoader}. */
    public CpuKernelProvider() {
        this(OneDnn::multipliesBf16);
    }

    /** @param multipliesBf16 whether the processor has bf16 instructions; asked after oneDNN is loaded */
    CpuKernelProvider(BooleanSupplier multipliesBf16) {
        this.multipliesBf16 = multipliesBf16;
    }

    @Override
    public String name() {
        return CpuKernels.NAME;
    }

    @Override
    public int priority() {
        return PRIORITY;
    }

    @Override
    public Kernels create(DataType type, Precision precision, int threads) {
        if (type != DataType.FLOAT) {
            throw new BackendException("Expected FLOAT for the cpu kernels. Received: " + type
                    + ". Use --kernels nd4j, which also runs in double precision");
        }
        if (precision == Precision.TF32) {
            throw new BackendException(
                    "Expected precision fp32, bf16 or auto for the cpu kernels. Received: tf32, which"
                            + " is for GPUs. Use --precision fp32");
        }
        requireFusedMultiplyAdd();
        requireArraysOfTheCpu();
        Optional<String> noOneDnn = loadOneDnn();
        if (noOneDnn.isEmpty()) {
            return onOneDnn(precision, threads);
        }
        if (precision == Precision.BF16) {
            throw new BackendException(
                    "Expected oneDNN for bf16. Received: " + noOneDnn.get() + ", or use --precision fp32");
        }
        if (!SAID_THAT_ONE_DNN_IS_NOT_USED.getAndSet(true)) {
            LOG.warn("Matrix products are slower, on OpenBLAS: {}", noOneDnn.get());
        }
        return onOpenBlas(threads);
    }

    /** Loads oneDNN. Returns why it cannot be used, with the cure; empty if it can. */
    private static Optional<String> loadOneDnn() {
        try {
            LargeStack.run(() -> Loader.load(dnnl.class));
            return OneDnnVersion.loaded().refusal();
        } catch (LinkageError | TypeNotPresentException noOneDnn) {
            return Optional.of("oneDNN cannot be loaded (" + noOneDnn + "). "
                    + LoadFailure.remedy(
                            noOneDnn,
                            "org.bytedeco:dnnl and org.bytedeco:opencl, each without and with the classifier of your"
                                    + " platform"));
        }
    }

    /** Without the instruction, {@link Math#fma} computes with decimal numbers: a step takes a hundred times as long. */
    private static void requireFusedMultiplyAdd() {
        if (!FusedMultiplyAdd.isInHardware()) {
            throw new BackendException(
                    "Expected a processor with fused multiply-add that Java uses. Received: UseFMA is"
                            + " false. Use --kernels nd4j, or leave out -XX:-UseFMA where that was given");
        }
    }

    private static void requireArraysOfTheCpu() {
        Nd4jBackend.load();
        if (!Nd4j.getEnvironment().isCPU()) {
            throw new BackendException("Expected arrays in the memory of the CPU. Received: an ND4J backend for GPUs."
                    + " Put org.nd4j:nd4j-native on the class path in its place");
        }
    }

    private Kernels onOneDnn(Precision precision, int threads) {
        Gemm gemm = new OneDnnGemm();
        RowSoftmax softmax = new OneDnnSoftmax();
        if (precision == Precision.FULL) {
            return new CpuKernels(WorkerPool.acquire(threads), gemm, Operands.FLOAT, gemm, softmax);
        }
        if (!multipliesBf16.getAsBoolean()) {
            throw new BackendException("Expected a processor with bf16 instructions (AVX512-BF16 or AMX-BF16) for"
                    + " precision bf16. Received: one without them, or a virtual machine that hides them. Use"
                    + " --precision fp32, or auto for the best that runs");
        }
        Gemm bf16Gemm = new OneDnnBf16Gemm();
        WorkerPool pool = WorkerPool.acquire(threads);
        return new CpuKernels(pool, bf16Gemm, new Bf16Operands(pool), gemm, softmax);
    }

    private static Kernels onOpenBlas(int threads) {
        try {
            LargeStack.run(() -> Loader.load(openblas_nolapack.class));
            Gemm gemm = new OpenBlasGemm();
            return new CpuKernels(WorkerPool.acquire(threads), gemm, Operands.FLOAT, gemm, new JavaSoftmax());
        } catch (LinkageError | TypeNotPresentException noOpenBlas) {
            throw new BackendException(
                    "Expected oneDNN or OpenBLAS with natives for this platform on the class path. Received: "
                            + noOpenBlas + ". "
                            + LoadFailure.remedy(
                                    noOpenBlas,
                                    "org.bytedeco:dnnl, org.bytedeco:opencl and org.bytedeco:openblas with your"
                                            + " platform's classifier"),
                    noOpenBlas);
        }
    }
}
