package io.github.cloze4j.kernel.nd4j;

import io.github.cloze4j.BackendException;
import io.github.cloze4j.kernel.KernelProvider;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.kernel.Nd4jBackend;
import io.github.cloze4j.kernel.Precision;
import org.nd4j.linalg.api.buffer.DataType;

/** Kernels on whichever ND4J backend is on the class path. */
public final class Nd4jKernelProvider implements KernelProvider {
    @Override
    public String name() {
        return Nd4jKernels.NAME;
    }

    @Override
    public int priority() {
        return 0;
    }

    /** ND4J has one number of threads for the process, lends them to whoever comes first, and sums in another order with fewer. */
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
        return new Nd4jKernels(type, Nd4jBackend.load(), new Nd4jThreads(threads));
    }
}
