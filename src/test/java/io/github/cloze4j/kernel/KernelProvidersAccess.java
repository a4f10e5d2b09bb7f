package io.github.cloze4j.kernel;

import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;

/** The automatic choice among given providers, for tests of the providers' packages. */
public final class KernelProvidersAccess {
    private KernelProvidersAccess() {}

    /** The kernels of the first provider that runs. */
    public static Kernels best(List<KernelProvider> providers, DataType type, Precision precision, int threads) {
        return KernelProviders.best(providers, type, precision, threads);
    }
}
