package io.github.cloze4j.cli;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.bytedeco.javacpp.Pointer;

/** What the machine is, as far as it says so. */
public final class Machine {
    private static final Path CPU_INFO = Path.of("/proc/cpuinfo");
    private static final Path PROCESS_STATUS = Path.of("/proc/self/status");
    private static final List<String> CPU_FLAGS =
            List.of("avx", "avx2", "fma", "avx512f", "avx512_bf16", "amx_bf16", "asimd", "sve", "bf16");
    private static final double MEGABYTE = 1024.0 * 1024.0;
    private static final double KILOBYTES_OF_MEGABYTE = 1024;
    private static final double MILLIS = 1e3;
    private static final int QUERY_SECONDS = 10;

    private Machine() {}

    /** Since this process's Java was started; libraries unpack their natives within that time where they are new. */
    static double secondsSinceStart() {
        return ManagementFactory.getRuntimeMXBean().getUptime() / MILLIS;
    }

    /** Whether the process reads from and writes to a terminal. */
    @SuppressWarnings("SystemConsoleNull")
    static boolean hasTerminal() {
        Object console = System.console();
        if (console == null) {
            return false;
        }
        try {
            // Since Java 22 there is a console without a terminal too, and a method that tells.
            return (boolean) java.io.Console.class.getMethod("isTerminal").invoke(console);
        } catch (ReflectiveOperationException olderJava) {
            return true;
        }
    }

    /** The vector instructions that matter to matrix products. */
    public static String instructionSet() {
        try {
            if (Files.isReadable(CPU_INFO)) {
                Set<String> all = new TreeSet<>(Arrays.asList(
                        Files.readString(CPU_INFO, StandardCharsets.UTF_8).split("\\s+")));
                return String.join(" ", CPU_FLAGS.stream().filter(all::contains).toList());
            }
            HotSpotDiagnosticMXBean options = ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
            return "AVX level " + options.getVMOption("UseAVX").getValue() + " in use by Java";
        } catch (IOException | IllegalArgumentException notSaid) {
            return System.getProperty("os.arch") + ", features not reported by this system";
        }
    }

    /** Names of NVIDIA GPUs with driver and memory, a line each; empty where there is none. */
    static Optional<String> gpus() {
        try {
            Process query = new ProcessBuilder(
                            "nvidia-smi", "--query-gpu=name,driver_version,memory.total", "--format=csv,noheader")
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            try (InputStream output = query.getInputStream()) {
                String text = new String(output.readAllBytes(), StandardCharsets.UTF_8).strip();
                boolean ended = query.waitFor(QUERY_SECONDS, TimeUnit.SECONDS) && query.exitValue() == 0;
                return ended && !text.isEmpty() ? Optional.of(text.replaceAll("\\R", "; ")) : Optional.empty();
            } finally {
                query.destroy();
            }
        } catch (IOException notInstalled) {
            return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }

    /** The most memory that this process has had resident; where the system does not record it, what it has now. */
    static double peakResidentMegabytes() throws IOException {
        if (Files.isReadable(PROCESS_STATUS)) {
            for (String line : Files.readAllLines(PROCESS_STATUS, StandardCharsets.UTF_8)) {
                if (line.toLowerCase(Locale.ROOT).startsWith("vmhwm:")) {
                    return Double.parseDouble(line.replaceAll("\\D", "")) / KILOBYTES_OF_MEGABYTE;
                }
            }
        }
        return Pointer.physicalBytes() / MEGABYTE;
    }
}
