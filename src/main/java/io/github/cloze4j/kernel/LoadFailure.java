package io.github.cloze4j.kernel;

import java.io.File;
import java.io.IOException;
import java.util.Optional;
import java.util.regex.Pattern;
import org.bytedeco.javacpp.Loader;

/**
 * Why native libraries could not be loaded. JavaCPP unpacks them from their jars into a cache directory, and reports a
 * directory that cannot be written, is full or may hold no programs as a library that is missing.
 */
public final class LoadFailure {
    private static final long MEGABYTE = 1L << 20;

    /** What all of them take, unpacked; rounded up. */
    private static final long CACHE_MEGABYTES = 500;

    /** Below this much free space, the cache may have been full. The largest library has 150 MB. */
    private static final long LITTLE = 200 * MEGABYTE;

    private static final Pattern NO_PROGRAMS = Pattern.compile(
            "failed to map segment|operation not permitted|permission denied", Pattern.CASE_INSENSITIVE);

    private LoadFailure() {}

    /**
     * The end of a message about such a failure, without a full stop: what is wrong with the cache directory and how to
     * name another, if the directory is the cause.
     *
     * @param dependencies what to add to the class path if the directory is not the cause
     */
    public static String remedy(Throwable failure, String dependencies) {
        return withCache(failure)
                .map(problem -> "Native libraries are unpacked into a cache, " + problem + ". Name a directory with "
                        + CACHE_MEGABYTES + " MB of free space with -Dorg.bytedeco.javacpp.cachedir=DIR")
                .orElse("Add " + dependencies);
    }

    private static Optional<String> withCache(Throwable failure) {
        File cache;
        try {
            cache = Loader.getCacheDir();
        } catch (IOException notWritable) {
            return Optional.of("and neither " + home() + " nor the temporary directory "
                    + System.getProperty("java.io.tmpdir") + " can be written");
        } catch (LinkageError noJavaCpp) {
            return Optional.empty();
        }
        // The first of several may only say that the library is not on the library path.
        StringBuilder messages = new StringBuilder();
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof UnsatisfiedLinkError) {
                messages.append(cause.getMessage()).append('\n');
            }
        }
        return messages.isEmpty() ? Optional.empty() : about(cache, messages.toString());
    }

    private static Optional<String> about(File cache, String message) {
        if (message.contains(cache.getPath()) && NO_PROGRAMS.matcher(message).find()) {
            return Optional.of(cache + ", in which no program may run (mount option noexec)");
        }
        long free = cache.getUsableSpace();
        return free < LITTLE
                ? Optional.of(cache + ", which has " + free / MEGABYTE + " MB of free space")
                : Optional.empty();
    }

    private static String home() {
        return new File(System.getProperty("user.home", ""), ".javacpp").toString();
    }
}
