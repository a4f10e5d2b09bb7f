package io.github.cloze4j.kernel;

import io.github.cloze4j.BackendException;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.nd4j.linalg.api.buffer.DataType;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The one place where a kernel provider is chosen. Thread-safe. */
public final class KernelProviders {
    /** The name that leaves the choice to us. */
    public static final String AUTO = "auto";

    /** The system property that stands for {@code auto} where it is set. */
    public static final String PROPERTY = "cloze4j.kernels";

    private static final Logger LOG = LoggerFactory.getLogger(KernelProviders.class);

    /** Locks by the names of providers whose kernels share state. */
    private static final Map<String, ReentrantLock> SHARED = new ConcurrentHashMap<>();

    /** More threads than any machine has: a bound against typing errors, which would make threads for minutes. */
    public static final int MAXIMUM_THREADS = 4096;

    private KernelProviders() {}

    /** Names that can be asked for here, the preferred first. */
    public static List<String> names() {
        return providers().stream().map(KernelProvider::name).toList();
    }

    /**
     * The devices of the provider of that name, for people; none where there is no such provider.
     *
     * @throws BackendException where what finds them is missing, saying what to add
     */
    public static List<String> devices(String name) {
        return providers().stream()
                .filter(provider -> provider.name().equals(name))
                .flatMap(provider -> provider.devices().stream())
                .toList();
    }

    /** As {@link #create(String, DataType, Precision, int)}, in full precision, with a thread for each processor. */
    public static Kernels create(String name, DataType type) {
        return create(name, type, Precision.FULL, Runtime.getRuntime().availableProcessors());
    }

    /**
     * The kernels of the given name; for {@code auto} those that {@code -Dcloze4j.kernels} names, else those of the provider
     * with the highest priority that runs. The provider is chosen first: {@link Precision#AUTO} is then the best precision
     * that this provider has. The caller closes the kernels. Threads may share them and then wait for each other; threads that are to compute at the same
     * time, as in tests that run in parallel, need kernels of their own.
     *
     * @param threads that compute at a time, the caller's included
     * @throws BackendException if what was asked for, or for {@code auto} every provider, cannot run here, or if
     *     there is no memory for its libraries
     */
    public static Kernels create(String name, DataType type, Precision precision, int threads) {
        if (threads < 1 || threads > MAXIMUM_THREADS) {
            throw new IllegalArgumentException(
                    "Expected from 1 to " + MAXIMUM_THREADS + " threads. Received: " + threads);
        }
        Nd4jBackend.requireMemory();
        String asked = name.equals(AUTO) ? System.getProperty(PROPERTY, AUTO) : name;
        List<KernelProvider> providers = providers();
        if (!asked.equals(AUTO)) {
            KernelProvider named = providers.stream()
                    .filter(provider -> provider.name().equals(asked))
                    .findFirst()
                    .orElseThrow(() -> new BackendException("Expected kernels named auto or one of " + names()
                            + ". Received: " + asked + ". Ask for one of these, or add the dependency that brings it"));
            return create(named, type, precision, threads);
        }
        return best(providers, type, precision, threads);
    }

    /** The kernels of the first provider that runs. */
    static Kernels best(List<KernelProvider> providers, DataType type, Precision precision, int threads) {
        Map<KernelProvider, BackendException> refusals = new LinkedHashMap<>();
        for (KernelProvider provider : providers) {
            if (provider.priority() < 0) {
                break;
            }
            try {
                Kernels kernels = create(provider, type, precision, threads);
                refusals.forEach((unused, cannotRun) ->
                        LOG.warn("Kernels '{}' are not used: {}", unused.name(), cannotRun.getMessage()));
                return kernels;
            } catch (BackendException cannotRun) {
                refusals.put(provider, cannotRun);
            }
        }
        List<BackendException> reasons = List.copyOf(refusals.values());
        if (reasons.isEmpty()) {
            throw new BackendException("Expected at least one kernel provider on the class path. Received: none. Add"
                    + " cloze4j's jar unmodified");
        }
        // All providers have full precision, so the last reason is why nothing runs. Only the best provider has the
        // others.
        boolean allHaveIt = precision == Precision.FULL || precision == Precision.AUTO;
        throw reasons.get(allHaveIt ? reasons.size() - 1 : 0);
    }

    private static Kernels create(KernelProvider provider, DataType type, Precision precision, int threads) {
        if (precision != Precision.AUTO) {
            return guarded(provider, type, precision, threads);
        }
        try {
            return guarded(provider, type, Precision.BF16, threads);
        } catch (BackendException noBf16) {
            Kernels full = guarded(provider, type, Precision.FULL, threads);
            LOG.info("Precision fp32: {}", noBf16.getMessage());
            return full;
        }
    }

    private static Kernels guarded(KernelProvider provider, DataType type, Precision precision, int threads) {
        ReentrantLock lock = provider.sharesState()
                ? SHARED.computeIfAbsent(provider.name(), name -> new ReentrantLock(true))
                : new ReentrantLock(true);
        Kernels kernels = new GuardedKernels(provider.create(type, precision, threads), lock);
        LOG.info("Kernels: {}", kernels.describe());
        return kernels;
    }

    private static List<KernelProvider> providers() {
        NativeEnvironment.logThroughSlf4j();
        return ServiceLoader.load(KernelProvider.class, KernelProviders.class.getClassLoader()).stream()
                .map(ServiceLoader.Provider::get)
                .sorted(Comparator.comparingInt(KernelProvider::priority).reversed())
                .toList();
    }
}
