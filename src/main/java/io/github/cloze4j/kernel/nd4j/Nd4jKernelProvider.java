package io.github.cloze4j.kernel.nd4j;

import io.github.cloze4j.BackendException;
import io.github.cloze4j.kernel.KernelProvider;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.kernel.Nd4jBackend;
import io.github.cloze4j.kernel.Precision;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;

/** Kernels on whichever ND4J backend is on the class path. */
public final class Nd4jKernelProvider implements KernelProvider {
    /** Read when the first parallel loop of the process runs. */
    private static final String COMMON_POOL_PARALLELISM = "java.util.concurrent.ForkJoinPool.common.parallelism";

    @Override
    public String name() {
        return Nd4jKernels.NAME;
    }

    @Override
    public int priority() {
        return 0;
    }

    /** ND4J lends its threads to whoever comes first, and sums in another order with fewer of them. */
    @Override
    public boolean sharesState() {
        return true;
    }

    @Override
    public Kernels create(DataType type, Precision precision, int threads) {
        if (precision != Precision.FULL) {
            throw new BackendException("Expected precision fp32 for the nd4j kernels, which compute in full"
                    + " precision on every machine. Received: " + precision.option()
                    + ". Use --precision fp32, or the cpu kernels, which have bf16 on processors with AVX512-BF16 or"
                    + " AMX-BF16");
        }
        if (type != DataType.FLOAT && type != DataType.DOUBLE) {
            throw new IllegalArgumentException("Expected FLOAT or DOUBLE for the nd4j kernels. Received: " + type);
        }
        Nd4jKernels kernels = new Nd4jKernels(type, Nd4jBackend.load());
        limitThreads(threads);
        return kernels;
    }

    /** Of ND4J, its BLAS and Java's parallel loops, in which the caller works too. */
    private static void limitThreads(int threads) {
        if (threads < Runtime.getRuntime().availableProcessors()) {
            System.setProperty(COMMON_POOL_PARALLELISM, Integer.toString(threads - 1));
            Nd4j.getEnvironment().setMaxThreads(threads);
            Nd4j.getEnvironment().setMaxMasterThreads(threads);
            Nd4j.factory().blas().setMaxThreads(threads);
        }
    }
}
