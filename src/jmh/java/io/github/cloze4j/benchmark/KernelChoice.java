package io.github.cloze4j.benchmark;

import io.github.cloze4j.kernel.KernelProviders;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.kernel.Precision;
import org.nd4j.linalg.api.buffer.DataType;

/** What is timed. */
public enum KernelChoice {
    /** The fast kernels. */
    CPU("cpu", Precision.FULL),
    /** The same with products in bfloat16; everything else is as in {@link #CPU}. */
    CPU_BF16("cpu", Precision.BF16),
    /** The portable kernels. */
    ND4J("nd4j", Precision.FULL);

    private final String provider;
    private final Precision precision;

    KernelChoice(String provider, Precision precision) {
        this.provider = provider;
        this.precision = precision;
    }

    /** On as many threads as {@code -Dcloze4j.benchmark.threads} says; else one for each processor. */
    Kernels create() {
        int threads = Integer.getInteger(
                "cloze4j.benchmark.threads", Runtime.getRuntime().availableProcessors());
        return KernelProviders.create(provider, DataType.FLOAT, precision, threads);
    }
}
