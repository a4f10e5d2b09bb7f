package io.github.cloze4j.kernel.cuda.driver;

import io.github.cloze4j.BackendException;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.Loader;

/** Whether what {@link BytedecoCudaDriver} needs is there. Loads no class of {@code org.bytedeco} that is not. */
public final class CudaDependency {
    /** The release that the classes here were compiled with. */
    static final String VERSION = "13.1-9.19-1.5.13";

    private static final String ARTIFACT = "org.bytedeco:cuda:" + VERSION;
    private static final String JAVACPP = "org.bytedeco:javacpp";
    private static final String JAVACPP_CLASSES = "org/bytedeco/javacpp/Loader.class";
    private static final String CLASSES = "org/bytedeco/cuda/global/cudart.class";
    private static final String INSTALL =
            "Install an NVIDIA driver and the CUDA 13 toolkit (libcudart, libcublas, libnvrtc),"
                    + " with its libraries where the system looks for them, as LD_LIBRARY_PATH can say";

    private CudaDependency() {}

    /** Whether classes and natives are on the class path; says nothing of the system's libraries. */
    public static boolean isOnClassPath() {
        return missing().isEmpty();
    }

    /** The devices of this machine. */
    public static List<CudaDevice> devices() {
        requireClassPath();
        List<CudaDevice> devices = loading(BytedecoCudaDriver::devices);
        if (devices.isEmpty()) {
            throw new BackendException(
                    "Expected a CUDA device. Received: none. Use --kernels cpu, or a machine with an" + " NVIDIA GPU");
        }
        return devices;
    }

    /** A driver of the first of them. */
    public static CudaDriver open() {
        devices();
        return loading(() -> new BytedecoCudaDriver(BinaryCache.ofUser()));
    }

    private static List<String> missing() {
        if (resourceIsMissing(JAVACPP_CLASSES)) {
            // It alone knows what the platform is called.
            return List.of(JAVACPP);
        }
        List<String> missing = new ArrayList<>();
        if (resourceIsMissing(CLASSES)) {
            missing.add(ARTIFACT);
        }
        String platform = Loader.getPlatform();
        if (resourceIsMissing("org/bytedeco/cuda/" + platform + "/" + System.mapLibraryName("jnicudart"))) {
            missing.add(ARTIFACT + " with classifier " + platform);
        }
        return missing;
    }

    private static void requireClassPath() {
        List<String> missing = missing();
        if (!missing.isEmpty()) {
            String all = String.join(" and ", missing);
            throw new BackendException(
                    "Expected org.bytedeco:cuda with natives for this platform on the class path for the"
                            + " cuda kernels. Received: no " + all + ". Add " + all + ", or use --kernels cpu");
        }
    }

    private static boolean resourceIsMissing(String name) {
        return CudaDependency.class.getClassLoader().getResource(name) == null;
    }

    /** What loads native libraries. */
    private interface Loading<T> {
        T load();
    }

    private static <T> T loading(Loading<T> loading) {
        try {
            return loading.load();
        } catch (LinkageError notLoaded) {
            Throwable cause = notLoaded;
            while (cause.getCause() != null) {
                cause = cause.getCause();
            }
            throw new BackendException(
                    "Expected the libraries of CUDA 13 and an NVIDIA driver for the cuda kernels. Received: " + cause
                            + ". " + INSTALL + ", or use --kernels cpu",
                    notLoaded);
        }
    }
}
