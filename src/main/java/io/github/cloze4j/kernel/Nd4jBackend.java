package io.github.cloze4j.kernel;

import io.github.cloze4j.BackendException;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.factory.Nd4j;

/** The ND4J backend, which owns the memory of all arrays. */
public final class Nd4jBackend {
    /** A class whose initialisation failed says why once only. */
    private static @Nullable String reason;

    private static String remedy = "";

    private static boolean loaded;

    private Nd4jBackend() {}

    /**
     * Loads the backend and its natives, if that is not done; comes before the first array.
     *
     * @return its name, for the log
     * @throws BackendException if none on the class path can run here
     */
    public static synchronized String load() {
        if (reason != null) {
            throw refusal(reason, null);
        }
        NativeEnvironment.prepare();
        NativeEnvironment.logThroughSlf4j();
        NativeEnvironment.boundNoResidentMemory();
        try {
            if (!loaded) {
                LargeStack.run(Nd4j::getBackend);
                loaded = true;
            }
            return Nd4j.getBackend().getClass().getSimpleName();
        } catch (LinkageError noBackend) {
            reason = rootCause(noBackend);
            remedy = LoadFailure.remedy(
                    noBackend,
                    "org.nd4j:nd4j-native, org.bytedeco:javacpp and org.bytedeco:openblas, each without and with the"
                            + " classifier of your platform");
            throw refusal(reason, noBackend);
        }
    }

    /** @throws BackendException if the backend is not loaded yet and there is no memory for its libraries */
    static synchronized void requireMemory() {
        if (!loaded) {
            FreeMemory.requireForLibraries();
        }
    }

    private static BackendException refusal(String reason, @Nullable Throwable cause) {
        return new BackendException(
                "Expected an ND4J backend with its natives for this platform on the class path. Received: " + reason
                        + ". " + remedy,
                cause);
    }

    private static String rootCause(Throwable failure) {
        Throwable cause = failure;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause.getMessage() == null
                ? cause.getClass().getSimpleName()
                : cause.toString().replaceAll("\\.+$", "");
    }
}
