package io.github.cloze4j.kernel;

import com.sun.jna.Function;
import com.sun.jna.Platform;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The environment of native libraries, which read it when they are loaded: what is set later has no effect. A user's own
 * settings stay. Set on Linux only, where the natives and Java have the same C library.
 */
final class NativeEnvironment {
    private static final Logger LOG = LoggerFactory.getLogger(NativeEnvironment.class);
    private static final Path CPU_INFO = Path.of("/proc/cpuinfo");

    /** What the kernels that OpenBLAS calls SkylakeX are made of. */
    private static final List<String> SKYLAKE_X = List.of("avx512f", "avx512cd", "avx512bw", "avx512dq", "avx512vl");

    private static final AtomicBoolean PREPARED = new AtomicBoolean();

    private NativeEnvironment() {}

    /** Sets it, the first time; to be called before the first native library is loaded. */
    static void prepare() {
        if (!Platform.isLinux() || PREPARED.getAndSet(true)) {
            return;
        }
        try {
            letIdleThreadsSleep();
            letOpenBlasUseAvx512();
        } catch (LinkageError noJna) {
            // All of it is about speed.
            LOG.warn(
                    "JNA cannot be loaded ({}), so that native libraries may be slower. If its directory cannot be"
                            + " written or may hold no programs, name another with -Djna.tmpdir=DIR",
                    noJna.toString());
        }
    }

    /**
     * Sends the warnings of JavaCPP to SLF4J, if the user has not decided; to be called before the first class of JavaCPP
     * is loaded. JavaCPP would print them to standard error. The one that everybody gets is harmless: oneDNN's classes are of
     * a later release of JavaCPP than the others, because the release that fits them has no OpenCL.
     */
    static void logThroughSlf4j() {
        System.getProperties().putIfAbsent("org.bytedeco.javacpp.logger", "slf4j");
    }

    /**
     * Takes JavaCPP's bound from the process's resident memory, if the user has set none; to be called before the first class
     * of JavaCPP is loaded. Its bound is four times {@code -Xmx}, and counts pages of mapped files too: a run with a small
     * heap and a large corpus would end in the middle. What fits is checked before a run begins, by {@link FreeMemory}.
     */
    static void boundNoResidentMemory() {
        System.getProperties().putIfAbsent("org.bytedeco.javacpp.maxPhysicalBytes", "0");
    }

    /**
     * OpenMP's idle threads spin after each product and take the cores from the threads that come next: measured 10 times
     * slower steps on 2 busy cores.
     */
    private static void letIdleThreadsSleep() {
        setIfAbsent("GOMP_SPINCOUNT", "0");
    }

    /**
     * OpenBLAS goes by the family of AMD's processors and leaves AVX-512 alone in one that it does not know: measured half
     * as fast. Where it knows the family, this changes nothing.
     *
     * <p>The kernel's list of features is asked, as it names those that the processor <em>and</em> the system have; Java's
     * own level of AVX is lower where Java prefers shorter vectors or its user does.
     */
    private static void letOpenBlasUseAvx512() {
        Set<String> words = firstProcessor();
        if (words.contains("AuthenticAMD") && words.containsAll(SKYLAKE_X)) {
            setIfAbsent("OPENBLAS_CORETYPE", "SkylakeX");
        }
    }

    /** All words that the system says of its first processor; nothing where it says nothing. */
    private static Set<String> firstProcessor() {
        Set<String> words = new HashSet<>();
        try (BufferedReader lines = Files.newBufferedReader(CPU_INFO, StandardCharsets.ISO_8859_1)) {
            for (String line = lines.readLine(); line != null && !line.isEmpty(); line = lines.readLine()) {
                words.addAll(Arrays.asList(line.split("[\\s:]+", -1)));
            }
        } catch (IOException notSaid) {
            return Set.of();
        }
        return words;
    }

    private static void setIfAbsent(String variable, String value) {
        int keepExisting = 0;
        Function.getFunction("c", "setenv").invokeInt(new Object[] {variable, value, keepExisting});
    }
}
