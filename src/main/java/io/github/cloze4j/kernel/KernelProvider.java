package io.github.cloze4j.kernel;

import org.nd4j.linalg.api.buffer.DataType;

/** Makes {@link Kernels}; found with {@link java.util.ServiceLoader}. */
public interface KernelProvider {
    /** As {@code --kernels} takes it. */
    String name();

    /** The highest that can run is taken where the choice is automatic. */
    int priority();

    /**
     * Loads what the provider needs.
     *
     * @param type of all arrays
     * @param precision {@link Precision#FULL} or {@link Precision#BF16}
     * @param threads that compute at a time, the caller's included; at least 1
     * @throws io.github.cloze4j.BackendException where it cannot run here, saying why and what to do
     */
    Kernels create(DataType type, Precision precision, int threads);
}
