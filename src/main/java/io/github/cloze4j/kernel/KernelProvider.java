package io.github.cloze4j.kernel;

import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;

/** Makes {@link Kernels}; found with {@link java.util.ServiceLoader}. */
public interface KernelProvider {
    /** As {@code --kernels} takes it. */
    String name();

    /** The highest that can run is taken where the choice is automatic; one below 0 has to be asked for by name. */
    int priority();

    /**
     * Devices other than the processor that it could compute on, a line each; none where it needs no such device.
     *
     * @throws io.github.cloze4j.BackendException where what finds them is missing, saying what to add
     */
    default List<String> devices() {
        return List.of();
    }

    /**
     * Loads what the provider needs.
     *
     * @param type of all arrays
     * @param precision {@link Precision#FULL} or {@link Precision#BF16}
     * @param threads that compute at a time, the caller's included; at least 1
     * @throws io.github.cloze4j.BackendException where it cannot run here, saying why and what to do
     */
    Kernels create(DataType type, Precision precision, int threads);

    /**
     * Whether kernels of this provider share state in the process, so that only one of them may compute at a time: {@link
     * KernelProviders} then makes the others wait.
     */
    default boolean sharesState() {
        return false;
    }
}
