package io.github.cloze4j.kernel.cpu;

import com.sun.jna.Function;
import com.sun.jna.NativeLibrary;
import org.bytedeco.javacpp.Loader;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Holds oneDNN to one thread in each of our own: its OpenMP would start a second pool beside ours. */
final class OpenMp {
    private static final Logger LOG = LoggerFactory.getLogger(OpenMp.class);
    private static final @Nullable Function SET_THREADS = find();

    private OpenMp() {}

    /** For products that the calling thread starts from now on. */
    static void useOneThread() {
        Function set = SET_THREADS;
        if (set != null) {
            set.invokeVoid(new Object[] {1});
        }
    }

    /** In the OpenMP library that was loaded with oneDNN: GNU's, LLVM's, Intel's or Microsoft's. */
    private static @Nullable Function find() {
        for (String path : Loader.getLoadedLibraries().values()) {
            String name = path.substring(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
            if (name.matches("(lib)?(gomp|omp|iomp5|iomp5md|vcomp\\d*)\\b.*")) {
                try {
                    return NativeLibrary.getInstance(path).getFunction("omp_set_num_threads");
                } catch (LinkageError notThere) {
                    LOG.debug("{}: omp_set_num_threads cannot be called", path, notThere);
                }
            }
        }
        if (Loader.getLoadedLibraries().values().stream().noneMatch(path -> path.contains("dnnl"))) {
            return null;
        }
        LOG.warn("oneDNN's OpenMP cannot be told to use one thread, so that its threads compete with ours."
                + " Set OMP_NUM_THREADS=1 in the environment");
        return null;
    }
}
