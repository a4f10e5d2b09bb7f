package io.github.cloze4j.cli;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;

/** Which memory ran out, and what helps against that. */
enum MemoryFailure {
    THREADS(
            "unable to create",
            "as many threads as the system allows",
            "Raise the limit of processes (ulimit -u, or that of the container)",
            "--threads"),
    DIRECT(
            "direct buffer memory",
            "no direct memory left for buffers of files",
            "Give Java more with -XX:MaxDirectMemorySize, which is as much as -Xmx unless it is given",
            ""),
    CLASSES("metaspace", "no memory left for classes", "Leave out -XX:MaxMetaspaceSize, or raise it", ""),
    COMPRESSED_CLASSES(
            "compressed class space",
            "no memory left for classes",
            "Leave out -XX:CompressedClassSpaceSize, or raise it",
            ""),
    MAPPED(
            "map failed",
            "no address space left to map files",
            "Raise the limits of address space and mapped files (ulimit -v, vm.max_map_count)",
            ""),
    LIMITED(
            "physicalbytes",
            "no memory left within the limit of JavaCPP",
            "Close other programs, or raise the limit with -Dorg.bytedeco.javacpp.maxPhysicalBytes, where 0 is none",
            "--batch-size --seq-len --preset"),
    NATIVE(
            "allocate",
            "no memory left outside Java's heap",
            "Close other programs, or use a machine with more",
            "--batch-size --seq-len --preset"),
    HEAP("", "no memory left in Java's heap", "Give Java more with -Xmx", "");

    /** Options that help if not even one row fits. */
    private static final Set<String> SMALLER_MODEL = Set.of("--seq-len", "--preset");

    private final String sign;
    private final String cause;
    private final String cure;
    private final String options;

    /**
     * @param sign what the message of the error contains, in lower case
     * @param options the options that help with a lower or smaller value, separated by spaces
     */
    MemoryFailure(String sign, String cause, String cure, String options) {
        this.sign = sign;
        this.cause = cause;
        this.cure = cure;
        this.options = options;
    }

    static MemoryFailure of(OutOfMemoryError error) {
        String said = (error.getMessage() + " "
                        + (error.getCause() == null ? "" : error.getCause().getMessage()))
                .toLowerCase(Locale.ROOT);
        for (MemoryFailure kind : values()) {
            if (said.contains(kind.sign)) {
                return kind;
            }
        }
        return HEAP;
    }

    /**
     * The options that cure a batch that does not fit, as a further part of the message.
     *
     * @param largest the largest batch that fits; 0 if none does
     */
    static String options(int largest, @Nullable CommandSpec command) {
        List<String> helpful = Stream.of(
                        "--batch-size", "--accumulate", "--recompute-activations", "--seq-len", "--preset")
                .filter(option -> command != null && command.findOption(option) != null)
                .filter(option -> largest > 0 != SMALLER_MODEL.contains(option))
                .map(option -> option.equals("--batch-size") ? option + " " + largest : option)
                .toList();
        return helpful.isEmpty() ? "" : " (" + String.join(", ", helpful) + ")";
    }

    /** @param command names only options that it has; null if no command runs */
    static String describe(OutOfMemoryError error, @Nullable CommandSpec command) {
        MemoryFailure kind = of(error);
        List<String> helpful = Arrays.stream(kind.options.split(" "))
                .filter(option -> command != null && command.findOption(option) != null)
                .toList();
        String heap = kind != HEAP
                ? ""
                : String.format(Locale.ROOT, " of %d MB", Runtime.getRuntime().maxMemory() >> 20);
        return "Expected more memory. Received: " + kind.cause + heap + " (" + error.getMessage() + "). "
                + (helpful.isEmpty() ? "" : "Lower " + String.join(" or ", helpful) + ". ") + kind.cure;
    }
}
