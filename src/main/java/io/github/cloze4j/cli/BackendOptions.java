package io.github.cloze4j.cli;

import io.github.cloze4j.BackendException;
import io.github.cloze4j.kernel.KernelProviders;
import io.github.cloze4j.kernel.Kernels;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What computes: kernels, number type, threads. */
final class BackendOptions {
    /** Of the design, not yet of this version. */
    private static final Set<String> LATER_KERNELS = Set.of("cuda");

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
            description = "Number type: fp32 or bf16 (default: ${DEFAULT-VALUE}).")
    private String precision = "fp32";

    @Option(
            names = "--threads",
            paramLabel = "N",
            description = "Threads that work at a time (default: one for each core).")
    private @Nullable Integer threads;

    /** Of parameters and activations. */
    DataType type() {
        return switch (precision) {
            case "fp32" -> DataType.FLOAT;
            case "bf16" ->
                throw new BackendException("Expected --precision fp32. Received: bf16, which is not available in"
                        + " this version. Use --precision fp32");
            default -> throw usage("Expected --precision fp32 or bf16. Received: " + precision + ". Use fp32");
        };
    }

    /**
     * Loads the kernels that were asked for. Comes before anything else that uses ND4J, so that the threads count.
     *
     * @throws BackendException where they cannot run here
     */
    Kernels create() {
        DataType type = type();
        requireKnown(kernels);
        if (threads != null && threads < 1) {
            throw usage("Expected --threads of at least 1. Received: " + threads);
        }
        return KernelProviders.create(kernels, type, threads());
    }

    private void requireKnown(String name) {
        List<String> available = KernelProviders.names();
        if (name.equals(KernelProviders.AUTO) || available.contains(name)) {
            return;
        }
        String expected = "Expected --kernels auto or one of " + String.join(", ", available) + ". Received: " + name;
        if (LATER_KERNELS.contains(name)) {
            throw new BackendException(expected + ", which this version does not have. Use --kernels auto");
        }
        throw usage(expected + ". Use --kernels auto");
    }

    /** Threads that work at a time, also on text and data. */
    int threads() {
        return threads == null ? Runtime.getRuntime().availableProcessors() : threads;
    }

    private ParameterException usage(String message) {
        if (command == null) {
            throw new IllegalStateException("picocli sets the specification before a command runs");
        }
        return new ParameterException(command.commandLine(), message);
    }
}
