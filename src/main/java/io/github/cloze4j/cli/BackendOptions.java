package io.github.cloze4j.cli;

import io.github.cloze4j.BackendException;
import io.github.cloze4j.kernel.KernelProviders;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.kernel.Precision;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What computes: kernels, number type, threads. */
public final class BackendOptions {
    @Spec(Spec.Target.MIXEE)
    private @Nullable CommandSpec command;

    @Option(
            names = "--kernels",
            defaultValue = KernelProviders.AUTO,
            paramLabel = "NAME",
            description = "What computes: auto, cpu, nd4j or cuda (default: ${DEFAULT-VALUE}).")
    private String kernels = KernelProviders.AUTO;

    @Option(
            names = "--precision",
            defaultValue = "fp32",
            paramLabel = "NAME",
            description =
                    "Number type of matrix products: fp32, bf16, tf32 (GPUs), or auto, which is bf16 where there is such"
                            + " (default: ${DEFAULT-VALUE}).")
    private String precision = "fp32";

    @Option(
            names = "--threads",
            paramLabel = "N",
            description = "Threads that work at a time (default: one for each core).")
    private @Nullable Integer threads;

    /** Of parameters and activations. */
    DataType type() {
        return DataType.FLOAT;
    }

    private Precision precision() {
        return Stream.of(Precision.values())
                .filter(known -> known.option().equals(precision))
                .findFirst()
                .orElseThrow(() ->
                        usage("Expected --precision fp32, tf32, bf16 or auto. Received: " + precision + ". Use fp32"));
    }

    /**
     * Loads the kernels that were asked for. Comes before anything else that uses ND4J, so that the threads count.
     *
     * @throws BackendException where they cannot run here
     */
    public Kernels create() {
        requireKnown(kernels);
        if (threads() < 1 || threads() > KernelProviders.MAXIMUM_THREADS) {
            throw usage("Expected --threads from 1 to " + KernelProviders.MAXIMUM_THREADS + ". Received: " + threads()
                    + ". Leave it out for one on each core");
        }
        return KernelProviders.create(kernels, type(), precision(), threads());
    }

    private void requireKnown(String name) {
        List<String> available = KernelProviders.names();
        if (name.equals(KernelProviders.AUTO) || available.contains(name)) {
            return;
        }
        throw usage("Expected --kernels auto or one of " + String.join(", ", available) + ". Received: " + name
                + ". Use --kernels auto");
    }

    /** Threads that work at a time, also on text and data. */
    public int threads() {
        return threads == null ? Runtime.getRuntime().availableProcessors() : threads;
    }

    private ParameterException usage(String message) {
        if (command == null) {
            throw new IllegalStateException("picocli sets the specification before a command runs");
        }
        return new ParameterException(command.commandLine(), message);
    }
}
